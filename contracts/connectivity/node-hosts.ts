/** Reads from the collector's answer about all nodes what their agents report of boots and sentinel files. */

import { type NodeUid, parseNodeUid } from '../../domain/node/identity.ts';
import { isRecord, type Parsed } from '../shape.ts';
import { hostFactsIn, knownHost, type NodeHost } from './host-facts.ts';

/** Nodes in one answer, at most. */
export const NODES_LIMIT = 10_000;

/** A node of which nothing is known, and one whose entry is of another kind, is left out. */
export function parseNodeHosts(answer: unknown): Parsed<ReadonlyMap<NodeUid, NodeHost>> {
  if (!Array.isArray(answer)) return { ok: false, problems: ['answer: expected a list of nodes'] };
  const entries: readonly unknown[] = answer;
  return { ok: true, value: new Map(entries.flatMap(hostIn)) };
}

function hostIn(entry: unknown): readonly (readonly [NodeUid, NodeHost])[] {
  if (!isRecord(entry) || !isRecord(entry['host'])) return [];
  const uid = parseNodeUid(typeof entry['nodeUid'] === 'string' ? entry['nodeUid'] : '');
  const { reportedMs, uptimeSeconds } = entry['host'];
  if (uid === null || !isCount(reportedMs) || !isCount(uptimeSeconds)) return [];
  const { host = {} } = hostFactsIn(entry['host']);
  return [[uid, { reportedMs, uptimeSeconds, ...knownHost(host) }]];
}

function isCount(found: unknown): found is number {
  return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0;
}
