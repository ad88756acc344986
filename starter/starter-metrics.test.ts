/** What the starter measures. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import { measureKubernetesRequests } from '../runtime/metrics.ts';
import { windowsNode } from '../tests/fixtures/nodes.ts';
import { countMarks } from './healing/foreign-marks.ts';
import { countNodeStates, NODE_STATES } from './healing/node-states.ts';
import { createStarterMetrics } from './starter-metrics.ts';

test('H18: nodes by state, NotReady nodes as cops-vigilante counted them, and requests', async () => {
  const registry = new Registry();
  const metrics = createStarterMetrics(registry);
  metrics.setOverdue(3);
  metrics.setMarks(countMarks([windowsNode('win-1', { healed: true, mark: 'no-proof' })]));
  metrics.countEventDropped();
  metrics.countNotReady(2);
  metrics.countNotReady(1);
  metrics.setNodeStates(countNodeStates([windowsNode('win-1')], new Map()));
  metrics.setNodeStates(countNodeStates([windowsNode('win-1', { healed: true })], new Map()));
  metrics.countRequest({ kind: 'start', result: 'done' });
  measureKubernetesRequests(registry)({ verb: 'list', resource: 'nodes', code: 200, seconds: 0.2 });
  const text = await registry.metrics();
  for (const line of [
    'cops_vigilante_snat_number_of_not_ready_nodes_found 3',
    'vigilante_nodes{state="healed"} 1',
    'vigilante_nodes{state="starting"} 0',
    'vigilante_nodes_overdue 3',
    'vigilante_nodes_marked{proof="no-proof"} 1',
    'vigilante_nodes_marked{proof="other-boot"} 0',
    'vigilante_events_dropped_total 1',
    'vigilante_starter_requests_total{kind="start",result="done"} 1',
    'vigilante_kubernetes_requests_total{verb="list",resource="nodes",code="200"} 1',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).not.toContain('win-1');
});

test('H18: names, types and labels of all that the starter measures', async () => {
  const registry = new Registry();
  const metrics = createStarterMetrics(registry);
  metrics.countRequest({ kind: 'tell', result: 'closed' });
  metrics.countStrayPod();
  metrics.countStrayPod();
  metrics.reconciled();
  const families = (await registry.getMetricsAsJSON()).map(({ name, type, values }) => {
    const labels = new Set(values.flatMap((value) => Object.keys(value.labels)));
    return `${String(type)} ${name} ${[...labels].toSorted().join(',')}`.trim();
  });
  expect(families.toSorted()).toEqual([
    'counter cops_vigilante_snat_number_of_not_ready_nodes_found',
    'counter vigilante_events_dropped_total',
    'counter vigilante_starter_requests_total kind,result',
    'counter vigilante_stray_pods_removed_total',
    'gauge vigilante_healing_pods_held',
    'gauge vigilante_last_reconcile_timestamp_seconds',
    'gauge vigilante_nodes state',
    'gauge vigilante_nodes_marked proof',
    'gauge vigilante_nodes_overdue',
    'gauge vigilante_profile_nodes',
  ]);
  const lines = (await registry.metrics()).split('\n');
  expect(lines).toContain('vigilante_stray_pods_removed_total 2');
  expect(lines.some((line) => /^vigilante_last_reconcile_timestamp_seconds 1\d{9}/.test(line))).toBe(true);
});

test('H18: every state of a node is always shown, also at zero', async () => {
  const registry = new Registry();
  createStarterMetrics(registry);
  const shown = (await registry.metrics()).split('\n').filter((line) => line.startsWith('vigilante_nodes{'));
  expect(shown).toEqual(NODE_STATES.map((state) => `vigilante_nodes{state="${state}"} 0`));
});
