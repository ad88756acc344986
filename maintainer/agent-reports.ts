/** What the collector says of the agents of one node: unknown wherever it does not say it. */

import type { MaintenanceActivityDeps } from '../activities/maintenance/deps.ts';
import { isRecord } from '../contracts/shape.ts';
import { AGENT_STATES, SENTINEL_STATES } from '../domain/maintenance/facts.ts';
import type { CollectorClient } from '../runtime/collector-client.ts';

type Reports = Awaited<ReturnType<MaintenanceActivityDeps['reports']>>;

export const NODES_PATH = '/api/v2/nodes/';
const TIMEOUT_MS = 10_000;
const UNKNOWN: Reports = { agents: 'unknown', sentinel: 'unknown' };

/** @param open a client for the answer about one node */
export function agentReports(
  open: (path: string) => Pick<CollectorClient, 'ask' | 'close'>,
): MaintenanceActivityDeps['reports'] {
  return async ({ name, ...node }) => {
    const collector = open(`${NODES_PATH}${name}`);
    try {
      const { status, body } = await collector.ask(AbortSignal.timeout(TIMEOUT_MS));
      if (status === 404) return { agents: 'none', sentinel: 'unknown' };
      return status === 200 ? reportsIn(body, node) : UNKNOWN;
    } catch {
      return UNKNOWN;
    } finally {
      await collector.close();
    }
  };
}

type AskedNode = Omit<Parameters<MaintenanceActivityDeps['reports']>[0], 'name'>;

function reportsIn(body: unknown, node: AskedNode): Reports {
  if (!isRecord(body) || body['nodeUid'] !== node.uid || !Array.isArray(body['agents'])) return UNKNOWN;
  if (isOfEarlierBoot(body['host'], node.bootId)) return UNKNOWN;
  const agents: readonly unknown[] = body['agents'];
  const state = AGENT_STATES.find((one) => one === body['state']) ?? 'unknown';
  // A report from before the node came back says nothing about it.
  const sinceMs = Math.max(node.readyChangedMs ?? 0, bootedMs(body['host']));
  const isOld = agents.some((agent) => !isRecord(agent) || !isSince(agent['lastReportMs'], sinceMs));
  return { agents: state === 'ok' && isOld ? 'unknown' : state, sentinel: sentinelIn(body['host']) };
}

/** A machine can be back so soon that its Ready has not changed. */
function isOfEarlierBoot(host: unknown, bootId: string): boolean {
  const reported = isRecord(host) ? host['bootId'] : null;
  return typeof reported === 'string' && bootId !== '' && reported !== bootId;
}

/** By the collector's clock, as the times of all reports; 0 where it is not known. */
function bootedMs(host: unknown): number {
  if (!isRecord(host)) return 0;
  const { reportedMs, uptimeSeconds } = host;
  if (typeof reportedMs !== 'number' || typeof uptimeSeconds !== 'number' || uptimeSeconds <= 0) return 0;
  return reportedMs - uptimeSeconds * 1_000;
}

function isSince(lastReportMs: unknown, sinceMs: number): boolean {
  return typeof lastReportMs === 'number' && lastReportMs >= sinceMs;
}

function sentinelIn(host: unknown): Reports['sentinel'] {
  const sentinel = isRecord(host) ? host['sentinel'] : null;
  const state = isRecord(sentinel) ? sentinel['state'] : null;
  return SENTINEL_STATES.find((one) => one === state) ?? 'unknown';
}
