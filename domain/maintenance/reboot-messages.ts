/** What a watch of reboots sees, as sentences for the Temporal UI and for commands. */

import { clockTime } from '../clock-time.ts';
import type { RebootRow } from './reboot-round.ts';
import type { Pause } from './slots.ts';

/** Times in milliseconds since 1970. */
export interface RebootsSeen {
  readonly cluster: string;
  readonly pause: Pause | null;
  /** When the cluster was looked at last; null before. */
  readonly lookedMs: number | null;
  readonly nextLookMs: number;
  /** Why the last look failed, or what could not be done after it; null where all was. */
  readonly problem: string | null;
  readonly requiredCount: number;
  readonly unknownCount: number;
  readonly ineffectiveCount: number;
  /** Names of nodes whose maintenance waits for a slot or is at work. */
  readonly inWork: readonly string[];
  readonly rows: readonly RebootRow[];
}

const NAMES_MAX = 10;

/** Some sentences in the present tense. Times of day are in UTC. */
export function describeReboots(seen: RebootsSeen): string {
  return [...rebootSentences(seen), waitingSentence(seen)].filter((sentence) => sentence !== null).join(' ');
}

/** What is so of the cluster, without the nodes that wait. */
export function rebootSentences(seen: RebootsSeen): readonly string[] {
  const { cluster, pause, lookedMs, nextLookMs, problem, inWork } = seen;
  if (lookedMs === null) return [`The nodes of ${cluster} have not been looked at yet.`];
  return [
    `Of the nodes of ${cluster}, ${seen.requiredCount} need a reboot.`,
    seen.unknownCount === 0 ? null : `Of ${seen.unknownCount} no agent says whether they do.`,
    seen.ineffectiveCount === 0 ? null : `A reboot did not help ${seen.ineffectiveCount}.`,
    pause === null ? null : `Paused until ${clockTime(pause.untilMs)} by ${pause.by}: ${pause.reason}.`,
    problem === null ? null : `Not done, and due again at the next look: ${problem}.`,
    inWork.length === 0 ? null : `In maintenance: ${names(inWork)}.`,
    `Last look: ${clockTime(lookedMs)}. Next look: ${clockTime(nextLookMs)}.`,
  ].filter((sentence) => sentence !== null);
}

function waitingSentence({ rows }: RebootsSeen): string | null {
  const [first] = rows.filter(({ kind }) => kind !== 'in-work' && kind !== 'reboot');
  return first === undefined ? null : `Waits: ${first.node} (${first.kind}: ${first.reason}).`;
}

function names(list: readonly string[]): string {
  const more = list.length > NAMES_MAX ? ` and ${list.length - NAMES_MAX} more` : '';
  return `${list.slice(0, NAMES_MAX).join(', ')}${more}`;
}
