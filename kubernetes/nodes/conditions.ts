/** Writes one condition of a node's status, and finds the nodes that have it in a given status. */

import { FIELD_MANAGER, OS_LABEL } from '../../contracts/names.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import { parseNodeName, parseNodeUid } from '../../domain/node/identity.ts';
import { isRefused } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { conditionOf, type NodeObject, parseNode } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';
import { isOtherUid, NODES, readNode } from './nodes.ts';

export interface NodeCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** `lastTransitionTime` where the status becomes another one; otherwise the node's own stays. */
  readonly changedMs: number;
}

/** `unchanged`: the node has it already, nothing was written. */
export type WriteConditionResult = 'written' | 'unchanged' | 'node-gone' | 'node-replaced';

export interface FoundCondition {
  readonly node: NodeRef;
  /** Label `kubernetes.io/os`. */
  readonly os: string | null;
  /** Null where the condition does not say. */
  readonly changedMs: number | null;
}

export interface NodeConditions {
  /** The patch carries the uid: it never lands on another node of that name. */
  write(node: NodeRef, condition: NodeCondition): Promise<WriteConditionResult>;
  /** As `write`, with what `next` makes of the reason that the condition has now; null leaves it as it is. */
  update(
    node: NodeRef,
    type: string,
    next: (reason: string | null) => Omit<NodeCondition, 'type'> | null,
  ): Promise<WriteConditionResult>;
  /** Lists all nodes, page by page; stops at `countMax` that were found. */
  find(condition: { readonly type: string; readonly status: string }, countMax: number): Promise<FoundCondition[]>;
}

/** Readers of conditions expect a sentence, not a report. */
const MESSAGE_LENGTH_MAX = 1_024;

export function createNodeConditions(connection: ClusterConnection): NodeConditions {
  const update: NodeConditions['update'] = async (node, type, next) => {
    const body = await readNode(connection, node.name);
    if (body === null) return 'node-gone';
    const { metadata, status } = parseNode(body);
    if (metadata?.uid !== node.uid) return 'node-replaced';
    const before = conditionOf(status?.conditions, type);
    const condition = next(before?.reason ?? null);
    if (condition === null) return 'unchanged';
    const message = condition.message.slice(0, MESSAGE_LENGTH_MAX);
    const isSameStatus = before?.status === condition.status;
    if (isSameStatus && before.reason === condition.reason && before.message === message) return 'unchanged';
    const changed = rfc3339(condition.changedMs);
    return patch(connection, node, {
      type,
      status: condition.status,
      reason: condition.reason,
      message,
      lastHeartbeatTime: changed,
      lastTransitionTime: isSameStatus ? (before.lastTransitionTime ?? changed) : changed,
    });
  };

  return {
    write: (node, condition) => update(node, condition.type, () => condition),
    update,
    find: (condition, countMax) => findNodes(connection, condition, countMax),
  };
}

async function patch(connection: ClusterConnection, node: NodeRef, condition: object): Promise<WriteConditionResult> {
  try {
    await resourceOf(connection, NODES).patch(node.name, {
      subresource: 'status',
      query: { fieldManager: FIELD_MANAGER },
      // Conditions are merged by their type; a merge patch would replace those of the kubelet.
      contentType: 'application/strategic-merge-patch+json',
      body: { metadata: { uid: node.uid }, status: { conditions: [condition] } },
    });
    return 'written';
  } catch (error) {
    if (isRefused(error, 404)) return 'node-gone';
    if (isOtherUid(error)) return 'node-replaced';
    throw error;
  }
}

async function findNodes(
  connection: ClusterConnection,
  condition: { readonly type: string; readonly status: string },
  countMax: number,
): Promise<FoundCondition[]> {
  const found: FoundCondition[] = [];
  const pages = resourceOf(connection, NODES).pages({ about: `with the condition ${condition.type}` });
  for await (const { items } of pages) {
    found.push(...items.flatMap((node) => foundIn(node, condition)));
    if (found.length >= countMax) break;
  }
  return found.slice(0, countMax);
}

function foundIn({ metadata, status }: NodeObject, wanted: { type: string; status: string }): FoundCondition[] {
  const condition = conditionOf(status?.conditions, wanted.type);
  const name = parseNodeName(metadata?.name ?? '');
  const uid = parseNodeUid(metadata?.uid ?? '');
  if (condition?.status !== wanted.status || name === null || uid === null) return [];
  const changedMs = Date.parse(condition.lastTransitionTime ?? '');
  const os = metadata?.labels?.[OS_LABEL] ?? null;
  return [{ node: { name, uid }, os, changedMs: Number.isFinite(changedMs) ? changedMs : null }];
}

/** Kubernetes keeps whole seconds. */
function rfc3339(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
