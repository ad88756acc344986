/** The short form of `npm run hundred-heals`: four heals, the last one cured after its window. */

import { expect } from '@jest/globals';
import { healPlans } from '../hundred-heals/heal-plans.ts';
import { runHeals } from '../hundred-heals/run-heals.ts';
import { HEALS_TIMEOUT_MS, testOnRealNodes } from './on-real-nodes.ts';

const WINDOW_MS = 36_000;

testOnRealNodes(
  'E16, E20: with finish: proven no node is marked before its cure, and every one is soon after it',
  async () => {
    const lines: string[] = [];
    const plans = healPlans({ seed: 16, heals: 4, windowMs: WINDOW_MS });
    const options = {
      plans,
      windowMs: WINDOW_MS,
      finish: 'proven',
      print: (line: string) => lines.push(line),
    } as const;
    const { violations, toMarkMs } = await runHeals(options);
    if (violations.length > 0) throw new Error(lines.join('\n'));
    expect(toMarkMs).toHaveLength(4);
  },
  HEALS_TIMEOUT_MS,
);

testOnRealNodes(
  'E57, E17: no node is marked before its cure, and every one is after it',
  async () => {
    const lines: string[] = [];
    const plans = healPlans({ seed: 57, heals: 4, windowMs: WINDOW_MS });
    const { heals, violations } = await runHeals({ plans, windowMs: WINDOW_MS, print: (line) => lines.push(line) });
    if (violations.length > 0) throw new Error(lines.join('\n'));
    expect(heals).toBe(4);
  },
  HEALS_TIMEOUT_MS,
);
