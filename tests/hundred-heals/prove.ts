/** Shows that the judge can fail: runs every broken build, with cures that come after the window. */

import { changedCheckout } from '../chaos/checkouts.ts';
import { BREAKS, type BreakName } from './breaks.ts';
import { runHeals } from './run-heals.ts';

const WINDOW_MS = 24_000;
const CURE_AFTER_MS = WINDOW_MS + 8_000;

/** Resolves with what was found wrong with it, one heal on each node. */
export async function proveBreak(name: BreakName, print: (line: string) => void): Promise<readonly string[]> {
  const checkout = await changedCheckout(BREAKS[name].changes);
  try {
    const plans = [1, 2].map((number) => ({ number, how: 'write', cureAfterMs: CURE_AFTER_MS }) as const);
    return (await runHeals({ plans, windowMs: WINDOW_MS, checkout: checkout.folder, print })).violations;
  } finally {
    checkout.remove();
  }
}
