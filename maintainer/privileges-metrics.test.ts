/** The metric of judgements: a series for each of them, and none once it is overdue. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { createPrivilegesMetrics } from './privileges-metrics.ts';

const COUNTS = { more: 2, undeclared: 1, unknown: 0, less: 3, 'as-declared': 20, absent: 1 };
const REPORT = { atMs: 0, counts: COUNTS, rows: [], omitted: 0, problems: [] };

async function shown(registry: Registry): Promise<Record<string, number>> {
  const metrics = await registry.getMetricsAsJSON();
  const found = metrics.find(({ name }) => name === 'vigilante_privileges_containers');
  const pairs = (found?.values ?? []).map(({ labels, value }) => [String(labels['judgement']), value] as const);
  return Object.fromEntries(pairs);
}

test('M52: there is one series for each judgement, until the next report is overdue', async () => {
  const registry = new Registry();
  let nowMs = 0;
  const metrics = createPrivilegesMetrics(registry, { intervalMs: 1_000, now: () => nowMs });
  expect(await shown(registry)).toEqual({});
  metrics.onReport(REPORT);
  nowMs = 1_249;
  expect(await shown(registry)).toEqual(COUNTS);
  nowMs = 1_250;
  expect(await shown(registry)).toEqual({});
});

test('M50: a file that is refused leaves no judgement behind', async () => {
  const registry = new Registry();
  const metrics = createPrivilegesMetrics(registry, { intervalMs: 1_000, now: () => 0 });
  metrics.onReport(REPORT);
  metrics.onUnavailable();
  expect(await shown(registry)).toEqual({});
  expect(await registry.metrics()).toContain('vigilante_privileges_evaluations_total{result="unavailable"} 1');
});
