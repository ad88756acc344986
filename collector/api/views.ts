/** Agents and nodes as `/api/v2` shows them. Times in milliseconds since 1970. */

import type { AgentReport } from '../../contracts/connectivity/agent-report.ts';
import type { NodeHost } from '../../contracts/connectivity/host-facts.ts';
import type { AgentFailure, SuppressionReason } from '../../domain/connectivity/agent-judgement.ts';
import { type AgentState, byName, detailOf, type Judged, type JudgedAgent, stateOf } from '../verdict/verdict.ts';
import type { AgentHistory } from './agent-history.ts';
import { type HostContext, nodeHost } from './node-host.ts';

export interface AgentView {
  readonly agent: string;
  readonly namespace: string;
  readonly node: string | null;
  readonly state: AgentState;
  readonly failure: AgentFailure | null;
  readonly suppressedBy: SuppressionReason | null;
  /** Since when it is in this state; null where that was not seen. */
  readonly sinceMs: number | null;
  readonly lastReportMs: number | null;
  readonly intervalMs: number | null;
  readonly conflictingNode: string | null;
  readonly detail: string;
}

export interface AgentWithReport extends AgentView {
  readonly report: AgentReport | null;
}

export const NODE_STATES = ['ok', 'failing', 'suppressed'] as const;
export type NodeState = (typeof NODE_STATES)[number];

export interface NodeView {
  readonly node: string;
  readonly nodeUid: string | null;
  readonly os: string | null;
  readonly state: NodeState;
  /** What its worst agent says. */
  readonly reason: string;
  readonly sinceMs: number | null;
  /** Null where no agent of the node has reported within two intervals. */
  readonly host: NodeHost | null;
  readonly agents: readonly AgentView[];
}

/** What a view needs beside the agent. */
export interface ViewContext {
  readonly history: AgentHistory;
  readonly toWallMs: Judged['toWallMs'];
}

export function agentView(agent: JudgedAgent, { history, toWallMs }: ViewContext): AgentView {
  const { pod, report, judgement } = agent;
  const sinceMs = judgement.sinceMs ?? history.sinceMs(pod);
  return {
    agent: pod.name,
    namespace: pod.namespace,
    node: pod.nodeName,
    state: stateOf(agent),
    failure: judgement.failure,
    suppressedBy: judgement.suppressedBy,
    sinceMs: sinceMs === null ? null : toWallMs(sinceMs),
    lastReportMs: report === null ? null : toWallMs(report.receivedMs),
    intervalMs: report?.intervalMs ?? null,
    conflictingNode: judgement.conflictingNode,
    detail: detailOf(agent, toWallMs),
  };
}

export interface NodeSelection extends ViewContext, HostContext {
  /** Default: any. */
  readonly state?: NodeState | undefined;
  readonly limit: number;
}

/** One after the other, by the name of the node; pods that are not scheduled are on none. */
export function* nodeViews(
  agents: readonly JudgedAgent[],
  { state, limit, ...context }: NodeSelection,
): Generator<NodeView> {
  const byNode = Map.groupBy(agents, ({ pod }) => pod.nodeName);
  byNode.delete(null);
  const sorted = [...byNode].sort(([one], [other]) => ((one ?? '') < (other ?? '') ? -1 : 1));
  let count = 0;
  for (const [node, itsAgents] of sorted) {
    if (count === limit) return;
    const view = nodeView(node ?? '', itsAgents, context);
    if (state !== undefined && view.state !== state) continue;
    count += 1;
    yield view;
  }
}

function nodeView(name: string, agents: readonly JudgedAgent[], context: ViewContext & HostContext): NodeView {
  const views = agents.toSorted(byName).map((agent) => agentView(agent, context));
  const worst =
    views.find(({ failure, suppressedBy }) => failure !== null && suppressedBy === null) ??
    views.find(({ failure }) => failure !== null) ??
    views[0];
  const node = agents[0]?.node ?? null;
  return {
    node: name,
    nodeUid: node?.uid ?? null,
    os: node?.os ?? null,
    state:
      worst === undefined || worst.failure === null ? 'ok' : worst.suppressedBy === null ? 'failing' : 'suppressed',
    reason: worst === undefined ? '' : `${worst.agent}: ${worst.detail}`,
    sinceMs: worst?.sinceMs ?? null,
    host: nodeHost(agents, context),
    agents: views,
  };
}
