/** Which refuted pods of a heal are counted as late. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { createProbeMetrics } from './probe-metrics.ts';

const NOW_MS = 1_000_000;
const TEN_MINUTES_MS = 600_000;

async function lateAfter(readyChangedMs: number | null): Promise<string | undefined> {
  const registry = new Registry();
  const hooks = createProbeMetrics(registry, () => NOW_MS).hooksOf('snat', ['onprem-1']);
  hooks.onRefuted({ readyChangedMs });
  return /^vigilante_refuted_late_total\{profile="snat"\} (\d+)$/m.exec(await registry.metrics())?.[1];
}

test.each([
  ['unknown', null, '0'],
  ['just now', NOW_MS, '0'],
  ['ten minutes ago', NOW_MS - TEN_MINUTES_MS, '0'],
  ['more than ten minutes ago', NOW_MS - TEN_MINUTES_MS - 1, '1'],
  ['in the future, by another clock', NOW_MS + TEN_MINUTES_MS, '0'],
])('a pod that is refuted on a node that became Ready %s', async (_, readyChangedMs, count) => {
  expect(await lateAfter(readyChangedMs)).toBe(count);
});

test('without endpoints nothing of it is served', async () => {
  const registry = new Registry();
  createProbeMetrics(registry).hooksOf('snat', []);
  const samples = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(samples).toEqual([]);
});
