/**
 * Removes startup taints that came back to nodes whose mark is proven, as Karpenter puts them back when a node registers
 * (E30). Every worker looks; the version of the node lets one of them write.
 */

import type { HealingActivityDeps } from '../activities/healing/deps.ts';
import { assertNever } from '../domain/assert-never.ts';
import { describeKeptTaint } from '../domain/healing/startup-taint.ts';
import type { NodeFacts } from '../domain/node/facts.ts';
import type { NodeRef, NodeUid } from '../domain/node/identity.ts';
import { clusterFailure } from '../kubernetes/client/cluster-error.ts';
import type { NodeEvents } from '../kubernetes/nodes/events.ts';
import { type StartupTaints, TAINT_RETURNS_MAX } from '../kubernetes/nodes/startup-taints.ts';
import { type Repeating, repeat } from '../runtime/repeat.ts';

export interface ReturnedTaintsParts extends Required<Pick<HealingActivityDeps, 'onTaintRemoved' | 'onTaintKept'>> {
  readonly taints: Pick<StartupTaints, 'key' | 'removeAgain'>;
  readonly events: NodeEvents;
  /** The worker's informer. */
  readonly list: () => readonly NodeFacts[];
  readonly onProblem: (message: string) => void;
  readonly now?: () => number;
}

const EVERY_MS = 10_000;
/** A taint that others keep is not asked for at each turn. */
const REST_MS = 3_600_000;

export function keepRemoved(parts: ReturnedTaintsParts): Repeating {
  return repeat(returnedTaints(parts), EVERY_MS);
}

/** One turn over all nodes; never throws. */
export function returnedTaints(parts: ReturnedTaintsParts): () => Promise<void> {
  const { list, now = Date.now, onProblem } = parts;
  const restingUntilMs = new Map<NodeUid, number>();
  return async () => {
    const found = list().filter(({ tainted, mark, disabled }) => tainted === true && mark === 'proven' && !disabled);
    for (const uid of restingUntilMs.keys()) if (!found.some((facts) => facts.uid === uid)) restingUntilMs.delete(uid);
    for (const { name, uid } of found) {
      if ((restingUntilMs.get(uid) ?? 0) > now()) continue;
      try {
        if ((await removeAgain(parts, { name, uid })) === 'kept') restingUntilMs.set(uid, now() + REST_MS);
      } catch (error) {
        onProblem(`the startup taint of ${name}, which came back: ${clusterFailure(error).message}`);
      }
    }
  };
}

async function removeAgain(parts: ReturnedTaintsParts, node: NodeRef): Promise<'kept' | 'done'> {
  const { taints, events, onTaintRemoved, onTaintKept } = parts;
  const result = await taints.removeAgain(node);
  const { key } = taints;
  switch (result.kind) {
    case 'none':
      return 'done';
    case 'removed': {
      onTaintRemoved('again');
      const message = `the startup taint ${key} came back and was removed again under the same proof (${result.returns} of ${TAINT_RETURNS_MAX})`;
      await events.record({
        node,
        type: 'Normal',
        reason: 'StartupTaintRemoved',
        message,
        key: `again/${result.returns}`,
      });
      return 'done';
    }
    case 'refused':
    case 'exhausted': {
      const isRefused = result.kind === 'refused';
      onTaintKept(isRefused ? 'refused' : 'returned');
      const message = isRefused
        ? describeKeptTaint(key, result.message)
        : `the startup taint ${key} came back more than ${TAINT_RETURNS_MAX} times and is left: something sets it again`;
      await events.record({ node, type: 'Warning', reason: 'StartupTaintKept', message, key: result.kind });
      return 'kept';
    }
    default:
      return assertNever(result);
  }
}
