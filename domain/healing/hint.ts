/** What a changed hint does to a heal (E21): an attempt at once, and pauses that grow from then on. It is no evidence. */

import type { NodeObservation } from '../node/facts.ts';
import type { HealingWatch } from './relapse.ts';
import type { HealingWindow } from './window.ts';

/** The parts of a heal's state that a hint moves. */
interface Paced {
  readonly phase: string;
  readonly window: HealingWindow;
  readonly watch?: HealingWatch;
  readonly wakeAtMs: number | null;
  readonly exhausted?: boolean;
}

/** Whether the node has another hint than before; one that is removed or not known says nothing. */
export function isHinted(before: NodeObservation, node: NodeObservation): boolean {
  if (before.kind === 'gone' || node.kind === 'gone' || before.facts.uid !== node.facts.uid) return false;
  return node.facts.hint !== undefined && node.facts.hint !== before.facts.hint;
}

/** A heal that waits for its node goes on waiting; one that gave up tries again, unless it did so too often. */
export function hinted<State extends Paced>(state: State, nowMs: number): State {
  const { phase, window, watch } = state;
  switch (phase) {
    case 'healing':
      return { ...state, window: { ...window, pacedFromMs: nowMs, nextAttemptMs: sooner(window, nowMs) } };
    case 'watching':
      return watch === undefined ? state : { ...state, watch: { ...watch, nextAttemptMs: sooner(watch, nowMs) } };
    case 'stalled':
    case 'unproven':
      return state.exhausted === true ? state : { ...state, wakeAtMs: nowMs };
    default:
      return state;
  }
}

/** A hint that came while the attempt was under way: its pod may be older than what the hint is about. */
export function isHintUnanswered({ pacedFromMs, nextAttemptMs }: HealingWindow): boolean {
  return pacedFromMs !== undefined && pacedFromMs > nextAttemptMs;
}

function sooner({ nextAttemptMs }: { readonly nextAttemptMs: number }, nowMs: number): number {
  return Math.min(nextAttemptMs, nowMs);
}
