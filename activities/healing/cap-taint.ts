/** The time of a node's startup taint is over, and the node is not healed (E29). */

import type { CapTaintInput, CapTaintResult } from '../../contracts/healing/onboarding-activities.ts';
import { assertNever } from '../../domain/assert-never.ts';
import { describeKeptTaint } from '../../domain/healing/startup-taint.ts';
import { showCondition } from './condition.ts';
import type { HealingActivityDeps, ProbingDeps } from './deps.ts';
import { recordHealEvent } from './events.ts';
import { unknownHere } from './probe-pod.ts';

/** One Event for each node, whichever heal of it writes it. */
const EVENT_KEY = 'cap';

export async function capTaint(deps: ProbingDeps, { node, capMs, onTimeout }: CapTaintInput): Promise<CapTaintResult> {
  const { taints } = deps;
  if (taints === undefined) throw unknownHere(`taint in the profile ${deps.profile}`);
  if (!(await taints.isThere(node))) return { kind: 'none' };
  const outcome = onTimeout === 'remove' ? 'removed without a mark' : 'kept';
  const message = `the node was not healed within ${Math.round(capMs / 1_000)} s of its creation: its startup taint ${taints.key} is ${outcome}`;
  // Before the taint goes: a worker that ends in between would leave no trace of it.
  await recordHealEvent(deps, { node, reason: 'StartupTaintTimeout', message, key: EVENT_KEY });
  await showCondition(deps, { node, news: 'TimedOut', message, step: 'capTaint' });
  if (onTimeout === 'keep') {
    deps.onTaintKept?.('timeout');
    return { kind: 'kept' };
  }
  const result = await taints.remove(node);
  switch (result.kind) {
    case 'none':
      return result;
    case 'removed':
      deps.onTaintRemoved?.('timeout');
      return result;
    case 'refused':
      await reportKeptTaint(deps, { node, message: result.message });
      return { kind: 'refused' };
    default:
      return assertNever(result);
  }
}

/** One Event for each node, whoever is refused. */
export async function reportKeptTaint(
  deps: Pick<HealingActivityDeps, 'events' | 'onEventDropped' | 'taints' | 'onTaintKept'>,
  { node, message }: { readonly node: CapTaintInput['node']; readonly message: string },
): Promise<void> {
  deps.onTaintKept?.('refused');
  await recordHealEvent(deps, {
    node,
    reason: 'StartupTaintKept',
    key: 'refused',
    message: describeKeptTaint(deps.taints?.key ?? '', message),
  });
}
