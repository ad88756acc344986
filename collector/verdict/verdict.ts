/** Judges all expected agents: their pods, their nodes and their reports, from memory. */

import type {
  AgentVerdict,
  ConnectivityCounts,
  ConnectivityVerdict,
  Sent,
} from '../../contracts/connectivity/watch-connectivity.ts';
import {
  type AgentFailure,
  type AgentJudgement,
  type AgentNode,
  type AgentPod,
  type JudgementRules,
  judgeAgent,
  type SuppressionReason,
} from '../../domain/connectivity/agent-judgement.ts';
import { formatGoTime } from '../netchecker/go-time.ts';
import type { AgentRegistry } from '../reports/agent-registry.ts';
import type { ReportClock } from '../reports/clock.ts';
import type { KnownAgent } from '../reports/known-agent.ts';

export interface VerdictDeps {
  /** All pods that are expected to report. */
  readonly pods: () => Iterable<AgentPod>;
  readonly node: (name: string) => AgentNode | undefined;
  readonly registry: Pick<AgentRegistry, 'of' | 'outages'>;
  readonly rules: JudgementRules;
  readonly clock: ReportClock;
}

export interface JudgedAgent {
  readonly pod: AgentPod;
  readonly node: AgentNode | null;
  /** Its newest report; null where there is none. */
  readonly report: KnownAgent | null;
  readonly judgement: AgentJudgement;
}

export const AGENT_STATES = ['reporting', 'absent', 'outdated', 'suppressed', 'unscheduled'] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/** Its times are those of the clock that ages reports; only `toWallMs` makes them times for people. */
export interface Judged {
  readonly atMs: number;
  readonly agents: readonly JudgedAgent[];
  readonly toWallMs: ReportClock['toWallMs'];
}

/** `unknown`: pods, nodes or reports are not known, so nothing can be said about any agent. */
export type Judging =
  | { readonly kind: 'judged'; readonly judged: Judged }
  | { readonly kind: 'unknown'; readonly problem: string };

/** An agent that does not report, as this collector answers: it knows its own failures and reasons. */
export interface FailingAgent extends Sent<AgentVerdict> {
  readonly failure: AgentFailure;
  readonly suppressedBy: SuppressionReason | null;
}

/** The verdict as this collector answers it: with all counts. */
export interface VerdictAnswer extends Sent<ConnectivityVerdict> {
  readonly counts: Required<ConnectivityCounts>;
  readonly failing: readonly FailingAgent[];
  readonly suppressed: readonly FailingAgent[];
}

export function judgeAll({ pods, node, registry, rules, clock }: VerdictDeps): Judged {
  const atMs = clock.nowMs();
  const at = { rules, nowMs: atMs, outages: registry.outages() };
  const agents: JudgedAgent[] = [];
  for (const pod of pods()) {
    const itsNode = pod.nodeName === null ? null : (node(pod.nodeName) ?? null);
    const report = registry.of(pod) ?? null;
    const judgement = judgeAgent({ pod, node: itsNode, report }, at);
    agents.push({ pod, node: itsNode, report, judgement });
  }
  return { atMs, agents, toWallMs: clock.toWallMs };
}

export function stateOf({ judgement }: JudgedAgent): AgentState {
  if (judgement.failure === null) return 'reporting';
  if (judgement.suppressedBy === 'pod-unscheduled') return 'unscheduled';
  return judgement.suppressedBy === null ? judgement.failure : 'suppressed';
}

export function countsOf(agents: readonly JudgedAgent[]): Required<ConnectivityCounts> {
  const states = { reporting: 0, absent: 0, outdated: 0, suppressed: 0, unscheduled: 0 };
  const counts = { expected: agents.length, ...states, conflicting: 0 };
  for (const agent of agents) {
    counts[stateOf(agent)] += 1;
    if (agent.judgement.failure === null && agent.judgement.conflictingNode !== null) counts.conflicting += 1;
  }
  return counts;
}

/** Pods without a node are only counted: they say nothing about any node, and must not take the names' places. */
export function verdictOf({ atMs, agents, toWallMs }: Judged, namesMax: number): VerdictAnswer {
  const counts = countsOf(agents);
  const firstOf = (states: readonly AgentState[]) =>
    agents
      .filter((agent) => states.includes(stateOf(agent)))
      .sort(byName)
      .slice(0, namesMax)
      .flatMap((agent) => failingAgent(agent, toWallMs) ?? []);
  return {
    atMs: toWallMs(atMs),
    ok: counts.absent === 0 && counts.outdated === 0,
    counts,
    failing: firstOf(['absent', 'outdated']),
    suppressed: firstOf(['suppressed']),
  };
}

/** As the API server lists pods: by namespace, then by name. */
export function byName(one: JudgedAgent, other: JudgedAgent): number {
  if (one.pod.namespace !== other.pod.namespace) return one.pod.namespace < other.pod.namespace ? -1 : 1;
  return one.pod.name < other.pod.name ? -1 : 1;
}

/** Null for an agent that reports. */
function failingAgent(agent: JudgedAgent, toWallMs: Judged['toWallMs']): FailingAgent | null {
  const { pod, node, judgement } = agent;
  const { failure, suppressedBy, sinceMs } = judgement;
  if (failure === null || sinceMs === null) return null;
  return {
    agent: pod.name,
    namespace: pod.namespace,
    node: pod.nodeName,
    nodeUid: node?.uid ?? null,
    os: node?.os ?? null,
    failure,
    suppressedBy,
    sinceMs: toWallMs(sinceMs),
    detail: detailOf(agent, toWallMs),
  };
}

const EXCUSES: Readonly<Record<SuppressionReason, string>> = {
  'node-cordoned': 'its node is cordoned',
  'node-not-ready': 'its node is not Ready',
  'node-deleting': 'its node is being deleted',
  'node-gone': 'its node is gone',
  'node-young': 'its node has only just appeared',
  'pod-deleting': 'its pod is being deleted',
  'pod-unscheduled': 'a pod without a node has no network',
};

/** One sentence, for people. */
export function detailOf({ pod, report, judgement }: JudgedAgent, toWallMs: Judged['toWallMs']): string {
  const excuse = judgement.suppressedBy === null ? '' : `; not held against it: ${EXCUSES[judgement.suppressedBy]}`;
  if (report === null) {
    const place = pod.nodeName === null ? 'is not scheduled and ' : '';
    return `the pod ${place}has never reported${excuse}`;
  }
  const last = formatGoTime(toWallMs(report.receivedMs));
  if (judgement.failure !== null) {
    return `the last report came at ${last}, too long ago for one every ${report.intervalMs / 1_000} s${excuse}`;
  }
  if (judgement.conflictingNode !== null) {
    return `the last report came at ${last} from node ${judgement.conflictingNode}, but the pod runs on ${pod.nodeName}`;
  }
  return `the last report came at ${last}`;
}
