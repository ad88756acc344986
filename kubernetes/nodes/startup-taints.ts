/**
 * Removes the startup taint of nodes without a new mark: when its time is over (E29), and when it comes back (E30).
 * With the mark it is removed by `markHealed`. Nothing adds a taint (E31).
 */

import { proofAnnotation, SNAT_PROFILE } from '../../contracts/healing/names.ts';
import { taintReturns, withTaintReturns } from '../../contracts/healing/node-proof.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import { ClusterError } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { type NodeObject, parseNode } from '../client/objects.ts';
import { type NodeReading, nodeFacts } from './facts.ts';
import { type NodeWrite, readNode, type TaintRemoval, unlessRefused, writeNode } from './nodes.ts';
import { withoutTaint } from './taints.ts';

export type RemoveTaintResult =
  | TaintRemoval
  /** The node is gone, another one, switched off, marked, or has no such taint. */
  | { readonly kind: 'none' };

export type RemoveAgainResult =
  | { readonly kind: 'removed'; readonly returns: number }
  | Exclude<RemoveTaintResult, { kind: 'removed' }>
  /** It was removed as often as may be under this proof. */
  | { readonly kind: 'exhausted' };

/** Removals without a new proof, after which something else must be wrong. */
export const TAINT_RETURNS_MAX = 3;

export interface StartupTaints {
  readonly key: string;
  /** Asks the API server. One that came back after the mark is left to `removeAgain`. */
  isThere(node: NodeRef): Promise<boolean>;
  remove(node: NodeRef): Promise<RemoveTaintResult>;
  /** Only while the mark is proven for this machine and boot; the proof counts the removals in the same patch. */
  removeAgain(node: NodeRef): Promise<RemoveAgainResult>;
}

export function createStartupTaints(
  connection: ClusterConnection,
  reading: NodeReading & { startupTaint: string },
): StartupTaints {
  const { startupTaint: key } = reading;
  const proofKey = proofAnnotation(reading.profile ?? SNAT_PROFILE);

  /**
   * The node, where it has a taint to be removed, with or without a mark that is proven. For the cap it has none: the cap
   * would report that the node was not healed.
   */
  async function tainted({ name, uid }: NodeRef, { isProven }: { isProven: boolean }): Promise<NodeObject | null> {
    const body = await readNode(connection, name);
    if (body === null) return null;
    const node = parseNode(body);
    const facts = nodeFacts(node, reading);
    const isThere = facts.uid === uid && !facts.disabled && facts.tainted === true;
    return isThere && (facts.mark === 'proven') === isProven ? node : null;
  }

  /** A node that others write at the same time is looked at again by the next try. */
  async function write(node: NodeRef, found: NodeObject, change: NodeWrite): Promise<RemoveTaintResult> {
    const taints = withoutTaint(found, key) ?? [];
    const version = found.metadata?.resourceVersion ?? null;
    const result = await unlessRefused(() => writeNode(connection, node, { ...change, taints, version }));
    if (result.kind === 'refused') return result;
    if (result.kind === 'written') return { kind: 'removed' };
    if (result.kind !== 'node-changed') return { kind: 'none' };
    throw new ClusterError({
      kind: 'unreachable',
      message: `remove the taint ${key} of ${node.name}: others wrote the node`,
    });
  }

  return {
    key,
    isThere: async (node) => (await tainted(node, { isProven: false })) !== null,
    async remove(node) {
      const found = await tainted(node, { isProven: false });
      return found === null ? { kind: 'none' } : write(node, found, {});
    },
    async removeAgain(node) {
      const found = await tainted(node, { isProven: true });
      const proof = found?.metadata?.annotations?.[proofKey];
      if (found === null || proof === undefined) return { kind: 'none' };
      const returns = taintReturns(proof) + 1;
      if (returns > TAINT_RETURNS_MAX) return { kind: 'exhausted' };
      const result = await write(node, found, { annotations: { [proofKey]: withTaintReturns(proof, returns) } });
      return result.kind === 'removed' ? { kind: 'removed', returns } : result;
    },
  };
}
