/** Since when each agent is in its state, and the last changes: what `/api/v2` answers about the past. In memory. */

import { type AgentState, detailOf, type Judged, stateOf } from '../verdict/verdict.ts';

/** Times in milliseconds since 1970, by the wall clock as it was then. */
export interface AgentTransition {
  readonly atMs: number;
  readonly agent: string;
  readonly namespace: string;
  readonly node: string | null;
  /** Null for an agent that was not expected before. */
  readonly from: AgentState | null;
  /** Null for an agent that is not expected any more. */
  readonly to: AgentState | null;
  readonly detail: string;
}

export interface AgentHistory {
  /** Compares with what was seen last; returns what changed. */
  note(judged: Judged): readonly AgentTransition[];
  /** The newest last. */
  transitions(): readonly AgentTransition[];
  /** When the agent came into the state that it is in, by the clock that ages reports; null where it was not seen yet. */
  sinceMs(agent: { readonly namespace: string; readonly name: string }): number | null;
}

export const TRANSITIONS_MAX = 500;

interface Seen {
  readonly state: AgentState;
  readonly sinceMs: number;
  readonly node: string | null;
}

export function createAgentHistory(): AgentHistory {
  let seen = new Map<string, Seen>();
  let isFirst = true;
  let past: readonly AgentTransition[] = [];
  const keyOf = ({ namespace, name }: { namespace: string; name: string }) => `${namespace}/${name}`;

  return {
    note(judged) {
      const now = new Map<string, Seen>();
      const changes: AgentTransition[] = [];
      const atMs = judged.toWallMs(judged.atMs);
      for (const agent of judged.agents) {
        const { pod, judgement } = agent;
        const state = stateOf(agent);
        const before = seen.get(keyOf(pod));
        const sinceMs = before?.state === state ? before.sinceMs : (judgement.sinceMs ?? judged.atMs);
        now.set(keyOf(pod), { state, sinceMs, node: pod.nodeName });
        // What is found at the start is no change.
        if (before?.state === state || (before === undefined && isFirst)) continue;
        const change = { atMs, from: before?.state ?? null, to: state };
        changes.push(transition(agent, change, judged.toWallMs));
      }
      for (const [key, { state, node }] of seen) {
        if (now.has(key)) continue;
        const [namespace = '', agent = ''] = key.split('/');
        const detail = 'the pod is gone';
        changes.push({ atMs, agent, namespace, node, from: state, to: null, detail });
      }
      seen = now;
      isFirst = false;
      past = [...past, ...changes].slice(-TRANSITIONS_MAX);
      return changes;
    },
    transitions: () => past,
    sinceMs: (agent) => seen.get(keyOf(agent))?.sinceMs ?? null,
  };
}

function transition(
  agent: Judged['agents'][number],
  change: Pick<AgentTransition, 'atMs' | 'from' | 'to'>,
  toWallMs: Judged['toWallMs'],
): AgentTransition {
  const { name, namespace, nodeName } = agent.pod;
  return { ...change, agent: name, namespace, node: nodeName, detail: detailOf(agent, toWallMs) };
}
