/** What the worker counts and measures. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import type { AttemptSample } from '../activities/healing/deps.ts';
import { nodeRef } from '../tests/fixtures/nodes.ts';
import { createWorkerMetrics } from './healing-metrics.ts';

const node = nodeRef('win-1');
const CREATED: AttemptSample = { node, attempt: 1, outcome: 'created', level: null, readyChangedMs: 8_000 };

test('H18: attempts, evidence and times are counted, without the name of a node', async () => {
  const registry = new Registry();
  const hooks = createWorkerMetrics(registry, () => 10_500);
  hooks.onAttempt(CREATED);
  hooks.onAttempt({ ...CREATED, attempt: 2 });
  hooks.onAttempt({ ...CREATED, attempt: 3, outcome: 'rejected' });
  hooks.onAttempt({ ...CREATED, attempt: 4, outcome: 'skipped' });
  hooks.onPodJudged(2);
  hooks.onHealed({ node, readyChangedMs: null });
  hooks.onHealed({ node, readyChangedMs: 500, refutedMs: 9_000 });

  const text = await registry.metrics();
  for (const line of [
    'cops_vigilante_snat_node_healing_attempts 3',
    'vigilante_attempts_total{result="created"} 2',
    'vigilante_attempts_total{result="rejected"} 1',
    'vigilante_attempts_total{result="skipped"} 1',
    'vigilante_pod_evidence_total{level="2"} 1',
    'vigilante_ready_to_first_pod_seconds_count 1',
    'vigilante_ready_to_first_pod_seconds_sum 2.5',
    'vigilante_ready_to_healed_seconds_sum 10',
    'vigilante_ready_to_healed_seconds_count 1',
    'vigilante_refuted_to_healed_seconds_sum 1.5',
    'vigilante_refuted_to_healed_seconds_count 1',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).not.toContain('win-1');
});

test('H18: the names of cops-vigilante are counters without labels, as they were', async () => {
  const registry = new Registry();
  createWorkerMetrics(registry, () => 0);
  const text = await registry.metrics();
  expect(text).toContain('# TYPE cops_vigilante_snat_node_healing_attempts counter');
  expect(text.split('\n')).toContain('cops_vigilante_snat_node_healing_attempts 0');
});

test('H18: names, types and labels of all that the worker measures, with values from closed sets only', async () => {
  const registry = new Registry();
  const hooks = createWorkerMetrics(registry, () => 0);
  hooks.onAttempt(CREATED);
  hooks.onPodJudged(1);
  hooks.onHealed({ node, readyChangedMs: 500 });
  hooks.onEventDropped('Healed');
  hooks.onStepRefused('annotateNode');
  const families = (await registry.getMetricsAsJSON()).map(({ name, type, values }) => {
    const labels = new Set(values.flatMap((value) => Object.keys(value.labels)));
    return `${String(type)} ${name} ${[...labels].toSorted().join(',')}`.trim();
  });
  expect(families.toSorted()).toEqual([
    'counter cops_vigilante_snat_node_healing_attempts',
    'counter vigilante_attempts_total result',
    'counter vigilante_events_dropped_total',
    'counter vigilante_pod_evidence_total level',
    'counter vigilante_relapses_braked_total',
    'counter vigilante_relapses_total',
    'counter vigilante_steps_refused_total step',
    'histogram vigilante_ready_to_first_pod_seconds le',
    'histogram vigilante_ready_to_healed_seconds le',
    'histogram vigilante_refuted_to_healed_seconds le',
  ]);
  const lines = (await registry.metrics()).split('\n');
  expect(lines).toContain('vigilante_events_dropped_total 1');
  expect(lines).toContain('vigilante_steps_refused_total{step="annotateNode"} 1');
  expect(lines).toContain('vigilante_steps_refused_total{step="cleanUpCancelled"} 0');
});
