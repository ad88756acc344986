/** Reads a node and writes its annotations: with conditions.ts the only place where nodes are written. */

import { proofAnnotation, relapsedAnnotation, SNAT_PROFILE } from '../../contracts/healing/names.ts';
import { formatNodeProof, type NodeProof } from '../../contracts/healing/node-proof.ts';
import { FIELD_MANAGER } from '../../contracts/names.ts';
import type { NodeFacts, NodeObservation } from '../../domain/node/facts.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';
import { ClusterError, clusterFailure, isRefused } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { type NodeObject, parseNode, type Taint } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';
import { machineIdentity, type NodeReading, nodeFacts } from './facts.ts';
import { type NodeNetwork, nodeNetwork } from './network.ts';
import { withoutTaint } from './taints.ts';

export type AnnotateResult =
  | {
      readonly kind: 'annotated';
      readonly facts: NodeFacts;
      /** What became of the startup taint; missing where there was none. */
      readonly taint?: TaintRemoval;
    }
  | NotWritten;

export type TaintRemoval =
  | { readonly kind: 'removed' }
  /** The API server refuses it for good: a webhook or policy of others keeps the taint. */
  | { readonly kind: 'refused'; readonly message: string };

type NotWritten =
  | { readonly kind: 'node-gone' }
  /** The name belongs to another uid now; nothing was written. */
  | { readonly kind: 'node-replaced' }
  /** Something wrote the node since the version asked for; nothing was written. */
  | { readonly kind: 'node-changed' };

/** What the proof of a mark says beside the facts of the node. */
export type ProofOfHeal = Pick<NodeProof, 'proven' | 'attempts' | 'evidence' | 'run'>;

export interface Nodes {
  /** Asks the API server. */
  observe(name: NodeName): Promise<NodeObservation>;
  /** Asks the API server; null where the node is gone. */
  network(name: NodeName): Promise<NodeNetwork | null>;
  /** As `observe`, with the node's `metadata.resourceVersion`; null where it is gone. */
  observeVersion(name: NodeName): Promise<{ readonly node: NodeObservation; readonly version: string | null }>;
  /** A merge patch that carries the uid, and the version where one is given; null removes an annotation (H7). */
  annotate(
    node: NodeRef,
    annotations: Readonly<Record<string, string | null>>,
    version?: string | null,
  ): Promise<AnnotateResult>;
  /**
   * Marks the node as healed, with the proof for which machine, and removes its startup taint, in one patch. Reads the
   * node first, and writes only this version of it; `version`, where one is given, must be the same. Where the taint may
   * not be removed, the node is marked all the same.
   */
  markHealed(node: NodeRef, proof: ProofOfHeal, version: string | null): Promise<AnnotateResult>;
  /** Sets the mark to false and removes its proof, whatever they were (H13). */
  unmark(node: NodeRef): Promise<AnnotateResult>;
  /** As `unmark`, with the time at which the node relapsed; writes only this version of the node. */
  relapse(node: NodeRef, relapsedMs: number, version: string | null): Promise<AnnotateResult>;
}

export const NODES = { group: '', version: 'v1', plural: 'nodes', namespace: null } as const;

export function createNodes(connection: ClusterConnection, reading: NodeReading): Nodes {
  const { profile = SNAT_PROFILE, healedAnnotation } = reading;
  const proofKey = proofAnnotation(profile);
  const relapsedKey = relapsedAnnotation(profile);
  const unmarked = { [healedAnnotation]: 'false', [proofKey]: null };
  const factsOf = (body: unknown) => nodeFacts(parseNode(body), reading);

  const nodes: Nodes = {
    async observe(name) {
      const body = await readNode(connection, name);
      return body === null ? { kind: 'gone' } : { kind: 'present', facts: factsOf(body) };
    },
    async observeVersion(name) {
      const body = await readNode(connection, name);
      if (body === null) return { node: { kind: 'gone' }, version: null };
      const version = parseNode(body).metadata?.resourceVersion ?? null;
      return { node: { kind: 'present', facts: factsOf(body) }, version };
    },
    async network(name) {
      const body = await readNode(connection, name);
      return body === null ? null : nodeNetwork(parseNode(body));
    },
    async annotate(node, annotations, version = null) {
      const result = await writeNode(connection, node, { annotations, version });
      return result.kind === 'written' ? { kind: 'annotated', facts: factsOf(result.body) } : result;
    },
    async markHealed(node, proof, version) {
      const body = await readNode(connection, node.name);
      if (body === null) return { kind: 'node-gone' };
      const read = parseNode(body);
      if (read.metadata?.uid !== node.uid) return { kind: 'node-replaced' };
      const found = read.metadata.resourceVersion ?? null;
      if (version !== null && version !== found) return { kind: 'node-changed' };
      const annotations = { [reading.healedAnnotation]: 'true', [proofKey]: proofOf(read, proof) };
      const { startupTaint } = reading;
      const taints = startupTaint === undefined ? null : withoutTaint(read, startupTaint);
      if (taints === null) return nodes.annotate(node, annotations, found);
      const change = { annotations, taints, version: found };
      const result = await unlessRefused(() => writeNode(connection, node, change));
      if (result.kind === 'written') {
        return { kind: 'annotated', facts: factsOf(result.body), taint: { kind: 'removed' } };
      }
      if (result.kind !== 'refused') return result;
      const marked = await nodes.annotate(node, annotations, found);
      return marked.kind === 'annotated' ? { ...marked, taint: result } : marked;
    },
    unmark: (node) => nodes.annotate(node, unmarked),
    relapse: (node, relapsedMs, version) =>
      nodes.annotate(node, { ...unmarked, [relapsedKey]: new Date(relapsedMs).toISOString() }, version),
  };
  return nodes;
}

export interface NodeWrite {
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** All taints that stay. */
  readonly taints?: readonly Taint[];
  /** True cordons; null takes the cordon away. */
  readonly unschedulable?: true | null;
  /** How long the API server may take, in seconds; default its own. */
  readonly timeoutSeconds?: number;
  /** Only this version of the node is written; null: any. */
  readonly version?: string | null;
  readonly fieldManager?: string;
}

/** A merge patch that carries the uid, and the version where one is given (H7). */
export async function writeNode(
  connection: ClusterConnection,
  node: NodeRef,
  { annotations, taints, unschedulable, version = null, timeoutSeconds, fieldManager = FIELD_MANAGER }: NodeWrite,
): Promise<{ readonly kind: 'written'; readonly body: unknown } | NotWritten> {
  const metadata = { uid: node.uid, ...(version === null ? {} : { resourceVersion: version }), annotations };
  const spec = {
    ...(taints === undefined ? {} : { taints }),
    ...(unschedulable === undefined ? {} : { unschedulable }),
  };
  const timeout = timeoutSeconds === undefined ? {} : { timeout: `${timeoutSeconds}s` };
  try {
    const body = await resourceOf(connection, NODES).patch(node.name, {
      query: { fieldManager, ...timeout },
      // A merge patch with another uid is refused; with a JSON patch `test` that looks like missing annotations.
      contentType: 'application/merge-patch+json',
      body: { metadata, ...(Object.keys(spec).length === 0 ? {} : { spec }) },
    });
    return { kind: 'written', body };
  } catch (error) {
    if (isRefused(error, 404)) return { kind: 'node-gone' };
    if (isOtherUid(error)) return { kind: 'node-replaced' };
    if (!isRefused(error, 409)) throw error;
    if (version !== null) return { kind: 'node-changed' };
    // Others wrote the node at the same time, again and again: no person has to fix that.
    throw new ClusterError({ kind: 'unreachable', message: clusterFailure(error).message }, error);
  }
}

/** Runs a write that may be refused for the taint that it removes. */
export async function unlessRefused<T>(
  write: () => Promise<T>,
): Promise<T | Extract<TaintRemoval, { readonly kind: 'refused' }>> {
  try {
    return await write();
  } catch (error) {
    const failure = clusterFailure(error);
    if (failure.kind === 'unreachable') throw error;
    return { kind: 'refused', message: failure.message };
  }
}

function proofOf(node: NodeObject, proof: ProofOfHeal): string {
  return formatNodeProof({ ...machineIdentity(node), at: new Date().toISOString(), ...proof });
}

/** Null where the node is gone. */
export async function readNode(connection: ClusterConnection, name: NodeName): Promise<unknown> {
  try {
    return await resourceOf(connection, NODES).get(name);
  } catch (error) {
    if (isRefused(error, 404)) return null;
    throw error;
  }
}

/** Whether a patch was refused because the name belongs to another uid now. */
export function isOtherUid(error: unknown): boolean {
  if (!(error instanceof ClusterError) || error.failure.kind !== 'refused') return false;
  const { status, message } = error.failure;
  return (status === 422 && message.includes('metadata.uid')) || (status === 409 && message.includes('UID'));
}
