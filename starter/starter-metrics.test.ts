/** What the starter measures. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import { countKubernetesRequests } from '../runtime/metrics.ts';
import { countNodeStates } from './node-states.ts';
import { windowsNode } from './starter-fixtures.ts';
import { createStarterMetrics } from './starter-metrics.ts';

test('H18: nodes by state, NotReady nodes as cops-vigilante counted them, and requests', async () => {
  const registry = new Registry();
  const metrics = createStarterMetrics(registry);
  metrics.countNotReady(2);
  metrics.countNotReady(1);
  metrics.setNodeStates(countNodeStates([windowsNode('win-1')], new Map()));
  metrics.setNodeStates(countNodeStates([windowsNode('win-1', { healed: true })], new Map()));
  metrics.countRequest({ kind: 'start', result: 'done' });
  countKubernetesRequests(registry)({ verb: 'list', resource: 'nodes', code: 200 });
  const text = await registry.metrics();
  for (const line of [
    'cops_vigilante_snat_number_of_not_ready_nodes_found 3',
    'vigilante_nodes{state="healed"} 1',
    'vigilante_nodes{state="starting"} 0',
    'vigilante_starter_requests_total{kind="start",result="done"} 1',
    'vigilante_kubernetes_requests_total{verb="list",resource="nodes",code="200"} 1',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).not.toContain('win-1');
});
