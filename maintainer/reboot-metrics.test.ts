/** The metrics of rolling reboots: bounded, gone once the next look is overdue, and kured's only where it is asked for. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { nodeName } from '../tests/fixtures/nodes.ts';
import { createRebootMetrics } from './reboot-metrics.ts';

const SAMPLE = {
  ineffective: 1,
  upTooLong: 2,
  nodes: [
    { name: nodeName('lin-1'), isRequired: true },
    { name: nodeName('lin-2'), isRequired: false },
    { name: nodeName('lin-3'), isRequired: true },
  ],
};

async function linesOf(registry: Registry): Promise<readonly string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('M52: a look is shown until the next one is overdue, and a node that is gone has no series any more', async () => {
  const registry = new Registry();
  let nowMs = 0;
  const onReboots = createRebootMetrics(registry, { intervalMs: 1_000, servesKured: true, now: () => nowMs });
  onReboots(SAMPLE);
  nowMs = 1_249;
  expect(await linesOf(registry)).toEqual([
    'vigilante_reboots_required 2',
    'vigilante_reboots_ineffective 1',
    'vigilante_reboots_up_too_long 2',
    'kured_reboot_required{node="lin-1"} 1',
    'kured_reboot_required{node="lin-2"} 0',
    'kured_reboot_required{node="lin-3"} 1',
  ]);
  onReboots({ ...SAMPLE, nodes: SAMPLE.nodes.slice(1) });
  expect(await registry.metrics()).not.toContain('lin-1');
  nowMs += 1_250;
  expect(await registry.metrics()).not.toContain('{node=');
  expect(await linesOf(registry)).toContain('vigilante_reboots_required 0');
});

test('the metric of kured is served only where it is asked for', async () => {
  const registry = new Registry();
  createRebootMetrics(registry, { intervalMs: 1_000, servesKured: false, now: () => 0 })(SAMPLE);
  expect(await registry.metrics()).not.toContain('kured');
});
