/** Which nodes are alarmed because their agents fail: a streak of verdicts for each node, and what to write to it. */

import type { NodeName, NodeUid } from '../node/identity.ts';
import { OTHER } from './agent-judgement.ts';
import { unnamedCount, type VerdictFacts, type WatchedAgent } from './verdict.ts';

/** The streaks count verdicts; an evaluation without one changes none. */
export interface WatchRules {
  /** Consecutive evaluations that must fail before it is an alarm, and succeed before it is over. */
  readonly failuresToAlarm: number;
  /** Whether the alarm of a Windows node asks for its healing. */
  readonly restartHealing: boolean;
}

export interface NodeWatch {
  readonly name: NodeName;
  readonly uid: NodeUid;
  readonly os: string | null;
  readonly alarmed: boolean;
  /** Whether the node's condition says so already: where it differs from `alarmed`, it is to be written. */
  readonly recorded: boolean;
  /** Streak of verdicts that speak against `alarmed`. It is in the histories of watches, so it keeps its name. */
  readonly row: number;
  /** When `alarmed` last changed. */
  readonly changedMs: number;
  readonly reason: NodeReason;
  /** Why it is alarmed, for people. */
  readonly message: string;
  /** Its healing is to be restarted. */
  readonly healDue: boolean;
}

/** Reasons of the condition `AgentConnectivity`. */
export type NodeReason = 'AgentsReporting' | 'AgentsAbsent' | 'AgentsOutdated' | 'AgentsFailing';

/** Beyond this no node's alarm begins: the alarm of the cluster says enough. */
export const NODES_ALARMED_MAX = 200;

/** An alarm that is over. */
const OVER: Pick<NodeWatch, 'alarmed' | 'row' | 'reason' | 'message' | 'healDue'> = {
  alarmed: false,
  row: 0,
  reason: 'AgentsReporting',
  message: 'its agents report again',
  healDue: false,
};

const MESSAGE_AGENTS_MAX = 3;
const WINDOWS = 'windows';

/**
 * A verdict that does not name all failing agents is one alarm of the whole cluster: no node's alarm begins or ends by
 * it. Kept are only nodes that it names, nodes that are alarmed, and those whose condition is yet to be written.
 */
export function nextNodes(
  nodes: readonly NodeWatch[],
  verdict: VerdictFacts,
  at: { readonly rules: WatchRules; readonly nowMs: number },
): readonly NodeWatch[] {
  const failing = failingNodes(verdict.failing);
  const tracked = new Set(nodes.map(({ uid }) => uid));
  const kept = nodes
    .filter((node) => !isGone(node, verdict))
    .flatMap((node) => nextNode(node, { verdict, failing, at }));
  const fresh = [...failing]
    .filter(([uid]) => !tracked.has(uid))
    .map(([uid, found]) => ({ ...newNode(uid, found), row: 1 }));
  return beginAlarms([...kept, ...fresh], { verdict, failing, at });
}

/** A pause or an end of the watch is no evidence: streaks begin again, alarms stay. */
export function forgetStreaks(nodes: readonly NodeWatch[]): readonly NodeWatch[] {
  return nodes.filter((node) => node.alarmed || node.recorded).map((node) => ({ ...node, row: 0 }));
}

interface FailingNode {
  readonly name: NodeName;
  readonly agents: readonly WatchedAgent[];
}

interface AlarmContext {
  readonly verdict: VerdictFacts;
  readonly failing: ReadonlyMap<NodeUid, FailingNode>;
  readonly at: { readonly rules: WatchRules; readonly nowMs: number };
}

/** Null uids are agents without a node that is known: nothing can be written for them. */
function failingNodes(agents: readonly WatchedAgent[]): ReadonlyMap<NodeUid, FailingNode> {
  const byUid = new Map<NodeUid, FailingNode>();
  for (const agent of agents) {
    const { node: name, nodeUid } = agent;
    if (name === null || nodeUid === null) continue;
    const known = byUid.get(nodeUid) ?? { name, agents: [] };
    byUid.set(nodeUid, { ...known, agents: [...known.agents, agent] });
  }
  return byUid;
}

/** Not in the cluster any more, or its name belongs to another node. */
function isGone({ name, uid }: NodeWatch, verdict: VerdictFacts): boolean {
  const agents = [...verdict.failing, ...verdict.suppressed].filter(({ node }) => node === name);
  if (agents.some(({ nodeUid }) => nodeUid === uid)) return false;
  return agents.some(({ nodeUid, suppressedBy }) => nodeUid !== null || suppressedBy === 'node-gone');
}

/** Empty where there is nothing to remember of the node. */
function nextNode(node: NodeWatch, { verdict, failing, at }: AlarmContext): readonly NodeWatch[] {
  if (failing.has(node.uid)) return [{ ...node, row: node.alarmed ? 0 : node.row + 1 }];
  if (!node.alarmed) return node.recorded ? [{ ...node, row: 0 }] : [];
  if (verdict.suppressed.some(({ nodeUid }) => nodeUid === node.uid)) return [{ ...node, row: 0 }];
  // Where not all are named, it means nothing that a node is not.
  if (unnamedCount(verdict) > 0 || verdict.counts.suppressed > verdict.suppressed.length) return [node];
  const row = node.row + 1;
  if (row < at.rules.failuresToAlarm) return [{ ...node, row }];
  return node.recorded ? [{ ...node, ...OVER, changedMs: at.nowMs }] : [];
}

function beginAlarms(nodes: readonly NodeWatch[], { verdict, failing, at }: AlarmContext): readonly NodeWatch[] {
  if (unnamedCount(verdict) > 0) return nodes;
  let room = NODES_ALARMED_MAX - nodes.filter(({ alarmed }) => alarmed).length;
  return nodes.map((node) => {
    const { agents } = failing.get(node.uid) ?? { agents: [] };
    if (node.alarmed || agents.length === 0 || node.row < at.rules.failuresToAlarm || room <= 0) return node;
    room -= 1;
    return {
      ...node,
      alarmed: true,
      row: 0,
      changedMs: at.nowMs,
      reason: reasonOf(agents),
      message: messageOf(agents),
      healDue: at.rules.restartHealing && node.os === WINDOWS,
    };
  });
}

function newNode(uid: NodeUid, { name, agents }: FailingNode): NodeWatch {
  return {
    name,
    uid,
    os: agents[0]?.os ?? null,
    alarmed: false,
    recorded: false,
    row: 0,
    changedMs: 0,
    reason: 'AgentsReporting',
    message: '',
    healDue: false,
  };
}

/** The worst failure that is known; the same for any order of the agents. */
function reasonOf(agents: readonly WatchedAgent[]): NodeReason {
  if (agents.some(({ failure }) => failure === 'absent')) return 'AgentsAbsent';
  return agents.some(({ failure }) => failure === 'outdated') ? 'AgentsOutdated' : 'AgentsFailing';
}

function messageOf(agents: readonly WatchedAgent[]): string {
  const named = agents
    .slice(0, MESSAGE_AGENTS_MAX)
    .map(({ agent, failure, detail }) => `${agent} ${failure === OTHER ? 'fails' : `is ${failure}`}: ${detail}`);
  const more = agents.length - named.length;
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
