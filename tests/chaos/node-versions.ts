/** Every version of every node, as the API server's audit log and a last look show it, and who wrote it. */

import { z } from 'zod';
import {
  DEFAULT_HEALED_ANNOTATION,
  HEALING_SWITCH_ANNOTATION,
  HEALING_SWITCH_OFF,
  SNAT_PROOF_ANNOTATION,
} from '../../contracts/healing/names.ts';
import type { ApiClient } from '../../sandbox/api-client.ts';
import type { AuditEvent } from '../../sandbox/audit.ts';
import { BEHAVIOUR_LABEL } from '../../sandbox/behaviour.ts';

const TaintsSchema = z.array(z.looseObject({ key: z.string() }));

const NodeSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    creationTimestamp: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({ taints: TaintsSchema.default([]), unschedulable: z.boolean().default(false) }),
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    nodeInfo: z.object({ bootID: z.string() }),
  }),
});

const PatchSchema = z.object({
  metadata: z
    .object({
      resourceVersion: z.string().optional(),
      annotations: z.record(z.string(), z.string().nullable()).default({}),
    })
    .default({ annotations: {} }),
  spec: z.object({ taints: TaintsSchema.optional() }).default({}),
});

const ProofSchema = z.object({ uid: z.string(), boot: z.string(), taintReturns: z.number().default(0) });
export type SeenProof = z.infer<typeof ProofSchema>;

export interface NodeState {
  readonly node: string;
  readonly nodeUid: string;
  readonly createdMs: number;
  /** Counts up over the life of the cluster. */
  readonly version: number;
  readonly marked: boolean;
  readonly proof: SeenProof | null;
  readonly disabled: boolean;
  readonly ready: boolean;
  readonly boot: string;
  readonly behaviour: string | null;
  readonly taints: z.infer<typeof TaintsSchema>;
  readonly unschedulable: boolean;
}

export interface NodeVersion extends NodeState {
  /** When the request came that wrote it. */
  readonly atMs: number;
  readonly user: string;
  /** What was asked for. */
  readonly asked: z.infer<typeof PatchSchema>;
}

/** In the order in which they were written. A killed API server may have left one out. */
export function nodeVersions(events: readonly AuditEvent[]): readonly NodeVersion[] {
  const versions = new Map<number, NodeVersion>();
  for (const { verb, resource, code, user, receivedMs, requestObject, responseObject } of events) {
    const isWrite = resource === 'nodes' && verb !== 'delete' && code !== null && code < 300;
    const node = isWrite ? parsed(responseObject) : null;
    // A request that changes nothing is answered with the version before.
    if (node === null || versions.has(node.version)) continue;
    const asked = PatchSchema.safeParse(requestObject).data ?? PatchSchema.parse({});
    versions.set(node.version, { ...node, user, atMs: receivedMs, asked });
  }
  return [...versions.values()].toSorted((one, other) => one.version - other.version);
}

export async function listNodeStates(api: ApiClient): Promise<readonly NodeState[]> {
  const { items } = z.object({ items: z.array(z.unknown()) }).parse((await api.demand('GET', '/api/v1/nodes')).body);
  return items.flatMap((item) => parsed(item) ?? []);
}

export interface NodeChange {
  readonly before: NodeVersion;
  readonly after: NodeVersion;
}

/** From each known version of a node to the next known one. */
export function nodeChanges(versions: readonly NodeVersion[]): readonly NodeChange[] {
  const byNode = Map.groupBy(versions, ({ nodeUid }) => nodeUid);
  return [...byNode.values()].flatMap((ofNode) =>
    ofNode.slice(1).flatMap((after, index) => {
      const before = ofNode[index];
      return before === undefined ? [] : [{ before, after }];
    }),
  );
}

/** Whether the mark is worth something: a proof of ours is for this machine and boot. One without any is believed (H10). */
export function isMarkValid({ marked, proof, nodeUid, boot }: NodeState): boolean {
  return marked && (proof === null || (proof.uid === nodeUid && proof.boot === boot));
}

function parsed(object: unknown): NodeState | null {
  const read = NodeSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata, spec, status } = read.data;
  const { annotations } = metadata;
  return {
    node: metadata.name,
    nodeUid: metadata.uid,
    createdMs: Date.parse(metadata.creationTimestamp),
    version: Number(metadata.resourceVersion),
    marked: annotations[DEFAULT_HEALED_ANNOTATION]?.toLowerCase() === 'true',
    proof: proofIn(annotations[SNAT_PROOF_ANNOTATION]),
    disabled: annotations[HEALING_SWITCH_ANNOTATION] === HEALING_SWITCH_OFF,
    ready: status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
    boot: status.nodeInfo.bootID,
    behaviour: metadata.labels[BEHAVIOUR_LABEL] ?? null,
    taints: spec.taints,
    unschedulable: spec.unschedulable,
  };
}

function proofIn(annotation: string | undefined): SeenProof | null {
  if (annotation === undefined) return null;
  try {
    return ProofSchema.safeParse(JSON.parse(annotation)).data ?? null;
  } catch {
    return null;
  }
}
