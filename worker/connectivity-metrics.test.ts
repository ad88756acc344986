/** What the worker counts of the watch of the connectivity. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import { createConnectivityMetrics } from './connectivity-metrics.ts';

async function linesOf(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith('vigilante_'));
}

test('evaluations are counted by result; the state goes when it is three intervals old', async () => {
  const registry = new Registry();
  let nowMs = 0;
  const { onEvaluation, onConditionRefused } = createConnectivityMetrics(registry, () => nowMs);
  const counts = (ok: number, failing: number, unavailable: number) => [
    `vigilante_connectivity_evaluations_total{result="ok"} ${ok}`,
    `vigilante_connectivity_evaluations_total{result="failing"} ${failing}`,
    `vigilante_connectivity_evaluations_total{result="unavailable"} ${unavailable}`,
    'vigilante_conditions_refused_total 1',
  ];
  onConditionRefused();
  expect(await linesOf(registry)).toEqual(counts(0, 0, 0));
  onEvaluation({ result: 'failing', state: 'ok', intervalMs: 10 });
  onEvaluation({ result: 'failing', state: 'failing', intervalMs: 10 });
  const state = [
    'vigilante_connectivity_state{state="ok"} 0',
    'vigilante_connectivity_state{state="failing"} 1',
    'vigilante_connectivity_state{state="unknown"} 0',
    'vigilante_connectivity_state{state="paused"} 0',
  ];
  nowMs = 29;
  expect(await linesOf(registry)).toEqual([...counts(0, 2, 0), ...state]);
  nowMs = 30;
  expect(await linesOf(registry)).toEqual(counts(0, 2, 0));
});
