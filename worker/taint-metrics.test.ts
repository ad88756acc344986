/** What is counted of startup taints. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { createTaintMetrics } from './taint-metrics.ts';

test('E55: without a startup taint there is no series', async () => {
  const registry = new Registry();
  createTaintMetrics(registry);
  expect((await registry.metrics()).split('\n').filter((line) => /^\w/.test(line))).toEqual([]);
});

test('E29, E30: each removal and each taint that stays is counted by its profile and reason, from 0 on', async () => {
  const registry = new Registry();
  let tainted = 3;
  const { onTaintRemoved, onTaintKept } = createTaintMetrics(registry).hooksOf('snat', () => tainted);
  onTaintRemoved('proven');
  onTaintRemoved('proven');
  onTaintRemoved('again');
  onTaintKept('refused');
  const text = await registry.metrics();
  for (const line of [
    'vigilante_startup_taint_removals_total{profile="snat",reason="proven"} 2',
    'vigilante_startup_taint_removals_total{profile="snat",reason="timeout"} 0',
    'vigilante_startup_taint_removals_total{profile="snat",reason="again"} 1',
    'vigilante_startup_taints_kept_total{profile="snat",reason="timeout"} 0',
    'vigilante_startup_taints_kept_total{profile="snat",reason="refused"} 1',
    'vigilante_startup_taints_kept_total{profile="snat",reason="returned"} 0',
    'vigilante_startup_tainted_nodes{profile="snat"} 3',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
  tainted = 0;
  expect(await registry.metrics()).toContain('vigilante_startup_tainted_nodes{profile="snat"} 0\n');
});
