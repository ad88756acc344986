/** When and how each node is cured, by a seed: the same number gives the same heals. */

import { CURE_WAYS, type CureWay } from '../../sandbox/real-nodes/translation.ts';
import { randomOf } from '../chaos/random.ts';

export interface HealPlan {
  /** Counted from one; odd ones are heals of the first node, even ones of the second. */
  readonly number: number;
  readonly how: CureWay;
  /** From the beginning of the heal to the cure. */
  readonly cureAfterMs: number;
}

/** Of the window. */
const LATEST_SHARE = 0.4;
const EARLIEST_MS = 1_000;
/** Every fourth cure comes after the window's end: only there is a mark without proof a mark before the cure. */
const LATE_EVERY = 4;

export function healPlans({
  seed,
  from = 1,
  heals,
  windowMs,
}: {
  readonly seed: number;
  /** Number of the first one. */
  readonly from?: number;
  readonly heals: number;
  readonly windowMs: number;
}): readonly HealPlan[] {
  const random = randomOf(seed);
  const [first, ...others] = CURE_WAYS;
  const plans = Array.from({ length: from - 1 + heals }, (_, index): HealPlan => {
    const number = index + 1;
    const lateMs = number % LATE_EVERY === 0 ? windowMs : 0;
    const cureAfterMs = lateMs + random.between(EARLIEST_MS, LATEST_SHARE * windowMs);
    return { number, cureAfterMs, how: random.pick([first, ...others]) };
  });
  return plans.slice(from - 1);
}
