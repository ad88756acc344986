/** Describes what a heal is doing: the current details of the Temporal UI. */

import { assertNever } from '../assert-never.ts';
import { clockTime } from '../clock-time.ts';
import type { HealingState } from './state.ts';
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
      return `Unproven: the window of node ${node} is over and ${progress(state, rules)}${evidence(state)} ${wayOut(state)}`;
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
