/** What is measured of pods that ask echoes. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { createProbeMetrics } from './probe-metrics.ts';

test('E12: answers are counted by profile, endpoint and kind of address, from zero on, without an address', async () => {
  const registry = new Registry();
  const { onSourceAnswer, onProbed } = createProbeMetrics(registry).hooksOf('snat', ['a', 'b']);
  onSourceAnswer({ endpoint: 'a', source: 'own' });
  onSourceAnswer({ endpoint: 'a', source: 'own' });
  onSourceAnswer({ endpoint: 'b', source: 'invalid' });
  onProbed({ tookMs: 1_500 });
  const text = await registry.metrics();
  const answers = text.split('\n').filter((line) => line.startsWith('vigilante_source_answers_total{'));
  expect(answers).toHaveLength(2 * 5);
  expect(answers).toEqual(
    expect.arrayContaining([
      'vigilante_source_answers_total{profile="snat",endpoint="a",source="own"} 2',
      'vigilante_source_answers_total{profile="snat",endpoint="a",source="node"} 0',
      'vigilante_source_answers_total{profile="snat",endpoint="b",source="invalid"} 1',
    ]),
  );
  for (const line of [
    'vigilante_probe_turnaround_seconds_sum{profile="snat"} 1.5',
    'vigilante_probe_turnaround_seconds_count{profile="snat"} 1',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
});

test('E13: whether the worker reaches an endpoint is shown from its first question on', async () => {
  const registry = new Registry();
  const metrics = createProbeMetrics(registry);
  expect(await registry.metrics()).not.toContain('vigilante_echo_reachable{');
  metrics.setReachable('a', true);
  metrics.setReachable('b', false);
  expect((await registry.metrics()).split('\n')).toEqual(
    expect.arrayContaining(['vigilante_echo_reachable{endpoint="a"} 1', 'vigilante_echo_reachable{endpoint="b"} 0']),
  );
  metrics.setReachable('a', false);
  expect(await registry.metrics()).toContain('vigilante_echo_reachable{endpoint="a"} 0');
});
