/** What the newest report says of a node's boot and of its sentinel file. */

import { hostFactsIn, knownHost, type NodeHost } from '../../contracts/connectivity/host-facts.ts';
import type { AgentRegistry } from '../reports/agent-registry.ts';
import { isRecent } from '../verdict/recent-report.ts';
import type { Judged, JudgedAgent } from '../verdict/verdict.ts';

export interface HostContext extends Pick<Judged, 'atMs' | 'toWallMs'> {
  readonly registry: Pick<AgentRegistry, 'recordOf'>;
}

/**
 * Null where no agent of the node has reported within two intervals. An agent that is asked for these facts goes before
 * one that is not.
 */
export function nodeHost(agents: readonly JudgedAgent[], context: HostContext): NodeHost | null {
  const hosts = agents
    .filter((agent) => isRecent(agent, context.atMs))
    .sort((one, other) => receivedMs(other) - receivedMs(one))
    .flatMap((agent) => hostOf(agent, context));
  return (hosts.find(({ isAsked }) => isAsked) ?? hosts[0])?.host ?? null;
}

function hostOf(agent: JudgedAgent, { registry, toWallMs }: HostContext) {
  const record = registry.recordOf(agent.pod);
  if (record === undefined) return [];
  // What a store holds is outside data.
  const { host } = hostFactsIn(record.report.host);
  const { uptime: uptimeSeconds } = record.report;
  const reportedMs = toWallMs(receivedMs(agent));
  return [{ isAsked: host !== undefined, host: { reportedMs, uptimeSeconds, ...knownHost(host ?? {}) } }];
}

function receivedMs({ report }: JudgedAgent): number {
  return report?.receivedMs ?? 0;
}
