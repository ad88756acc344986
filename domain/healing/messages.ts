/** Describes what a heal is doing: the current details of the Temporal UI. */

import { assertNever } from '../assert-never.ts';
import { clockTime } from '../clock-time.ts';
import { describeNotProven } from './not-proven.ts';
import type { HealingState } from './state.ts';
import { watchEndMs, watchRules } from './watch.ts';
import type { HealingRules } from './window.ts';

/** One or two sentences in the present tense. Times of day are in UTC. */
export function describeHealing(
  state: HealingState,
  heal: { readonly node: string; readonly rules: HealingRules; readonly nowMs: number },
): string {
  const { node, rules } = heal;
  switch (state.phase) {
    case 'healing':
      return `Healing node ${node}: ${progress(state, rules)} ${ending(state, heal.nowMs)}${evidence(state)}`;
    case 'waiting-for-ready':
      return `Node ${node} is not Ready: no attempts are made. A new window starts when it is Ready again.`;
    case 'stalled':
      return (
        `Stalled: ${state.window.rejectedInARow} attempts in a row were rejected on node ${node}. ` +
        `Last error: ${state.lastError ?? 'none'}. ${wayOut(state)}`
      );
    case 'unproven':
      if (state.exhausted === true) {
        return (
          `Unproven: node ${node} became NotReady again and again, so its window was begun ${state.reopenings ?? 0} times ` +
          `and never came to its end. ${wayOut(state)}`
        );
      }
      return `Unproven: the window of node ${node} is over and ${progress(state, rules)}${reasons(state)}${evidence(state)} ${wayOut(state)}`;
    case 'watching':
      return `${watching(state, heal)}${evidence(state)}`;
    default:
      return assertNever(state.phase);
  }
}

/** What keeps a heal at one step, and how it goes on. */
export function describeRefusal(refusal: { step: string; message: string; sinceMs: number }): string {
  const { step, message, sinceMs } = refusal;
  return `The API server has refused this step since ${clockTime(sinceMs)}: ${step} (${message}). It is tried again every 30 seconds.`;
}

function progress(state: HealingState, rules: HealingRules): string {
  const { attempts, podsProven, row } = state.window;
  if (rules.early !== undefined) {
    const { proofsInARow } = rules.early;
    return `${row?.proofs ?? 0} pods in a row proved it (${proofsInARow} needed), ${podsProven} of ${attempts} in all.`;
  }
  return `${podsProven} of ${attempts} pods proved their network (${rules.provenPodsMin} needed).`;
}

/** Says what the heal is by itself: a run that continues another one has no summary (E47). */
function watching(
  state: HealingState,
  { node, rules }: { readonly node: string; readonly rules: HealingRules },
): string {
  const { watch } = state;
  const relapse = watchRules(rules);
  if (watch === undefined || relapse === null) return `Watching node ${node}.`;
  const endMs = watchEndMs(state, rules);
  const until = endMs === null ? 'watching without end' : `watching until ${clockTime(endMs)}`;
  const row = `${watch.refutedInARow} pods in a row were refuted by the node's address (${relapse.refutedInARow} needed for a relapse)`;
  const brake = watch.isBraked ? ' The mark is kept, because too many nodes relapsed of late.' : '';
  return `Watching node ${node}: marked at ${clockTime(watch.markedMs)}, ${until}. ${watch.attempts} pods since, ${row}.${brake}`;
}

/** What was seen, for the Events `HealingRelapsed` and `RelapseBraked`. */
export function describeRelapse({ lastRefuted, watch }: HealingState, node: string): string {
  const { refutedInARow = 0, markedMs = 0 } = watch ?? {};
  const seen = lastRefuted?.address ? ` (${lastRefuted.endpoint ?? 'an endpoint'} saw ${lastRefuted.address})` : '';
  return `${refutedInARow} pods in a row on node ${node} had the node's address again${seen} after it was marked at ${clockTime(markedMs)}`;
}

function reasons({ window }: HealingState): string {
  const text = describeNotProven(window.notProven);
  return text === '' ? '' : ` Not proven: ${text}.`;
}

function ending(state: HealingState, nowMs: number): string {
  const { endMs, limitMs } = state.window;
  if (nowMs < endMs) return `The window ends at ${clockTime(endMs)}.`;
  return `The window is extended for want of proof, at the latest until ${clockTime(limitMs)}.`;
}

function evidence(state: HealingState): string {
  const { lastEvidence } = state;
  if (lastEvidence === null) return '';
  return ` Last evidence: level ${lastEvidence.level} (${lastEvidence.detail}) at ${clockTime(lastEvidence.atMs)}.`;
}

function wayOut(state: HealingState): string {
  const retry = state.wakeAtMs === null ? '' : `, or wait for the retry at ${clockTime(state.wakeAtMs)}`;
  return `Send the signal restartHealing${retry}.`;
}
