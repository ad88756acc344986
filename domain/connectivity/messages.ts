/** Messages about what a watch of the connectivity sees and does, for the Temporal UI and for commands. */

import { clockTime } from '../clock-time.ts';
import type { ConnectivityState } from './states.ts';
import type { AgentCounts } from './verdict.ts';

/** What is described: the part of a watch that people ask for. */
export interface WatchFacts {
  readonly cluster: string;
  readonly state: ConnectivityState;
  readonly failuresToAlarm: number;
  readonly counts: AgentCounts | null;
  /** Why the last evaluation gave no verdict; null where it did. */
  readonly unavailable: string | null;
  /** What could not be written to nodes, or asked of them; null where all was done. */
  readonly writeProblem: string | null;
  readonly pauseReason: string | null;
  /** Agents that fail, the first by name. */
  readonly failing: readonly { readonly agent: string; readonly node: string | null; readonly failure: string }[];
  /** Failing agents that are counted and not named. */
  readonly unnamed: number;
  readonly alarmedNodes: readonly string[];
  /** When `state` began; null where it was so from the start. */
  readonly sinceMs: number | null;
  readonly lastEvaluationMs: number | null;
  readonly nextEvaluationMs: number | null;
}

const NAMES_MAX = 10;

/** `9 of 12 agents report, 2 absent, 1 outdated, none suppressed`. */
export function countAgents({ expected, reporting, absent, outdated, suppressed, unscheduled }: AgentCounts): string {
  const waiting = unscheduled === undefined || unscheduled === 0 ? '' : `, ${unscheduled} not scheduled`;
  return `${reporting} of ${expected} agents report, ${absent} absent, ${outdated} outdated, ${suppressed} suppressed${waiting}`;
}

/** Some sentences in the present tense. Times of day are in UTC. */
export function describeWatch(watch: WatchFacts): string {
  return [
    headline(watch),
    watch.counts === null ? null : `${countAgents(watch.counts)}.`,
    watch.unavailable === null ? null : `The last evaluation gave no verdict: ${watch.unavailable}.`,
    watch.writeProblem === null ? null : `Not done, and due again after the next evaluation: ${watch.writeProblem}.`,
    failingSentence(watch),
    watch.alarmedNodes.length === 0 ? null : `Alarmed nodes: ${names(watch.alarmedNodes, 0)}.`,
    watch.lastEvaluationMs === null ? null : `Last evaluation: ${clockTime(watch.lastEvaluationMs)}.`,
    watch.nextEvaluationMs === null ? null : `Next evaluation: ${clockTime(watch.nextEvaluationMs)}.`,
  ]
    .filter((sentence) => sentence !== null)
    .join(' ');
}

function headline({ cluster, state, failuresToAlarm, pauseReason, sinceMs }: WatchFacts): string {
  const since = sinceMs === null ? '' : ` since ${clockTime(sinceMs)}`;
  switch (state) {
    case 'ok':
      return `The agents of ${cluster} report${since}.`;
    case 'failing':
      return `Agents of ${cluster} fail${since}.`;
    case 'unknown':
      return `The connectivity of ${cluster} is unknown${since}: it takes ${failuresToAlarm} verdicts in a row to tell.`;
    default:
      return `Watching ${cluster} is paused${since}${pauseReason === null ? '' : ` (${pauseReason})`}: nothing is evaluated until the signal resumeWatching.`;
  }
}

function failingSentence({ failing, unnamed }: WatchFacts): string | null {
  if (failing.length === 0) return null;
  const agents = failing.map(({ agent, node, failure }) => `${agent} on ${node ?? 'no node'} (${failure})`);
  return `Failing: ${names(agents, unnamed)}.`;
}

function names(all: readonly string[], unnamed: number): string {
  const shown = all.slice(0, NAMES_MAX);
  const more = all.length - shown.length + unnamed;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
