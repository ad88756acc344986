/** The metrics of a soak: shown until the next look is overdue, resets counted. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { createSoakMetrics } from './soak-metrics.ts';

async function linesOf(registry: Registry): Promise<readonly string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('M52: a soak is shown until its next look is overdue; its resets are counted', async () => {
  const registry = new Registry();
  let nowMs = 0;
  const onSoak = createSoakMetrics(registry, { intervalMs: 600_000, now: () => nowMs });
  const sample = { provenMs: 60_000, remainingMs: 540_000, newResets: 2, isBlind: true };
  onSoak(sample);
  onSoak({ ...sample, newResets: 1 });
  nowMs = 749_999;
  expect(await linesOf(registry)).toEqual([
    'vigilante_soak_proven_seconds 60',
    'vigilante_soak_remaining_seconds 540',
    'vigilante_soak_blind 1',
    'vigilante_soak_resets_total 3',
  ]);
  nowMs = 750_000;
  expect(await linesOf(registry)).toEqual([
    'vigilante_soak_proven_seconds 0',
    'vigilante_soak_remaining_seconds 0',
    'vigilante_soak_blind 0',
    'vigilante_soak_resets_total 3',
  ]);
});
