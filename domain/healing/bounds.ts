/** Bounds how often a heal opens its window again: each heal ends, or gives up visibly (H8, H12). */

import type { NodeObservation } from '../node/facts.ts';
import type { HealingWindow } from './window.ts';

/** The parts of a heal's state that its bounds are judged by. */
interface ReopeningCounts {
  readonly reopenings?: number;
  readonly unseenChanges?: number;
}

/**
 * Windows opened because only the time of the last change to Ready moved, or the boot, and no NotReady was seen. One may
 * be a NotReady that every cache missed; more come from a kubelet that moves the time with each heartbeat.
 */
export const UNSEEN_CHANGES_MAX = 3;

/** Windows opened again before one came to its end. Then the heal is unproven, and waits for the slow retry. */
export const REOPENINGS_MAX = 20;

/** Whether Ready or the machine changed since the window opened, without a NotReady that the heal saw. */
export function changedUnseen(state: { readonly node: NodeObservation; readonly window: HealingWindow }): boolean {
  const { node, window } = state;
  if (node.kind === 'gone') return false;
  const { readyChangedMs, boot } = node.facts;
  const wasNotReady =
    readyChangedMs !== null && window.readyChangedMs !== null && readyChangedMs !== window.readyChangedMs;
  const isOtherBoot = boot !== undefined && window.boot !== undefined && boot !== window.boot;
  return wasNotReady || isOtherBoot;
}

/** The time of the last change to Ready is not believed any more. */
export function isUnsteady(state: ReopeningCounts): boolean {
  return (state.unseenChanges ?? 0) >= UNSEEN_CHANGES_MAX;
}

export function isOftenReopened(state: ReopeningCounts): boolean {
  return (state.reopenings ?? 0) >= REOPENINGS_MAX;
}
