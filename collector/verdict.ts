/** Judges all expected agents: their pods, their nodes and their reports, from memory. */

import {
  type AgentVerdict,
  type ConnectivityCounts,
  type ConnectivityVerdict,
} from '../contracts/watch-connectivity.ts';
import {
  type AgentJudgement,
  type AgentNode,
  type AgentPod,
  type JudgementRules,
  judgeAgent,
  type ReportFacts,
  type SuppressionReason,
} from '../domain/agent-judgement.ts';
import type { AgentRegistry } from './agent-registry.ts';
import { formatGoTime } from './go-time.ts';

export interface VerdictDeps {
  /** All pods that are expected to report. */
  readonly pods: () => Iterable<AgentPod>;
  readonly node: (name: string) => AgentNode | undefined;
  readonly registry: Pick<AgentRegistry, 'facts' | 'outages'>;
  readonly rules: JudgementRules;
  readonly now: () => number;
}

export interface JudgedAgent {
  readonly pod: AgentPod;
  readonly node: AgentNode | null;
  /** Its newest report; null where there is none. */
  readonly report: ReportFacts | null;
  readonly judgement: AgentJudgement;
}

export const AGENT_STATES = ['reporting', 'absent', 'outdated', 'suppressed'] as const;
export type AgentState = (typeof AGENT_STATES)[number];

export interface Judged {
  readonly atMs: number;
  readonly agents: readonly JudgedAgent[];
}

export function judgeAll({ pods, node, registry, rules, now }: VerdictDeps): Judged {
  const atMs = now();
  const at = { rules, nowMs: atMs, outages: registry.outages() };
  const agents: JudgedAgent[] = [];
  for (const pod of pods()) {
    const itsNode = pod.nodeName === null ? null : (node(pod.nodeName) ?? null);
    const report = registry.facts(pod.name) ?? null;
    const judgement = judgeAgent({ pod, node: itsNode, report }, at);
    agents.push({ pod, node: itsNode, report, judgement });
  }
  return { atMs, agents };
}

export function stateOf({ judgement }: JudgedAgent): AgentState {
  if (judgement.failure === null) return 'reporting';
  return judgement.suppressedBy === null ? judgement.failure : 'suppressed';
}

export function countsOf(agents: readonly JudgedAgent[]): ConnectivityCounts {
  const counts = { expected: agents.length, reporting: 0, absent: 0, outdated: 0, suppressed: 0, conflicting: 0 };
  for (const agent of agents) {
    counts[stateOf(agent)] += 1;
    if (agent.judgement.failure === null && agent.judgement.conflictingNode !== null) counts.conflicting += 1;
  }
  return counts;
}

export function verdictOf({ atMs, agents }: Judged, namesMax: number): ConnectivityVerdict {
  const counts = countsOf(agents);
  const firstOf = (suppressed: boolean) =>
    agents
      .filter(({ judgement }) => judgement.failure !== null && (judgement.suppressedBy !== null) === suppressed)
      .sort(byName)
      .slice(0, namesMax)
      .flatMap((agent) => agentVerdict(agent) ?? []);
  return {
    atMs,
    ok: counts.absent === 0 && counts.outdated === 0,
    counts,
    failing: firstOf(false),
    suppressed: firstOf(true),
  };
}

/** As the API server lists pods: by namespace, then by name. */
export function byName(one: JudgedAgent, other: JudgedAgent): number {
  if (one.pod.namespace !== other.pod.namespace) return one.pod.namespace < other.pod.namespace ? -1 : 1;
  return one.pod.name < other.pod.name ? -1 : 1;
}

/** Null for an agent that reports. */
export function agentVerdict(agent: JudgedAgent): AgentVerdict | null {
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
    sinceMs,
    detail: detailOf(agent),
  };
}

const EXCUSES: Readonly<Record<SuppressionReason, string>> = {
  'node-cordoned': 'its node is cordoned',
  'node-not-ready': 'its node is not Ready',
  'node-deleting': 'its node is being deleted',
  'node-gone': 'its node is gone',
  'node-young': 'its node has only just appeared',
  'pod-deleting': 'its pod is being deleted',
};

/** One sentence, for people. */
export function detailOf({ pod, report, judgement }: JudgedAgent): string {
  const excuse = judgement.suppressedBy === null ? '' : `; not held against it: ${EXCUSES[judgement.suppressedBy]}`;
  if (report === null) {
    const place = pod.nodeName === null ? 'is not scheduled and ' : '';
    return `the pod ${place}has never reported${excuse}`;
  }
  const last = formatGoTime(report.lastUpdatedMs);
  if (judgement.failure !== null) {
    return `the last report came at ${last}, too long ago for one every ${report.intervalMs / 1_000} s${excuse}`;
  }
  if (judgement.conflictingNode !== null) {
    return `the last report came at ${last} from node ${judgement.conflictingNode}, but the pod runs on ${pod.nodeName}`;
  }
  return `the last report came at ${last}`;
}
