/** How a heal gives up, and how it waits for what may change (H8, H12). Times in milliseconds since 1970. */

import type { HealingState } from './state.ts';
import type { HealingRules, Moment } from './window.ts';

/** Stays open and visible until a restart, a change of the node or the slow retry (H12). */
export function giveUp(state: HealingState, phase: 'stalled' | 'unproven', at: Moment): HealingState {
  return { ...state, phase, wakeAtMs: at.nowMs + at.rules.retryAfterMs, retryAtMs: at.nowMs + at.rules.retryAfterMs };
}

/** Its window was opened again too often: unproven, and woken by the slow retry only. */
export function exhaust(state: HealingState, at: Moment): HealingState {
  return { ...giveUp(state, 'unproven', at), exhausted: true };
}

/** The node was looked at and is still NotReady. */
export function lookAgainLater(state: HealingState, rules: HealingRules, nowMs: number): HealingState {
  const looks = state.looks + 1;
  const waitMs = Math.min(rules.intervalMs * 2 ** looks, rules.retryAfterMs);
  return { ...state, looks, wakeAtMs: nowMs + waitMs };
}
