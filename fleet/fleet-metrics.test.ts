/** The metrics of runs over several clusters: those that go on, and of none where none does. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { CLUSTER_PHASES } from '../domain/upgrade/fleet-state.ts';
import { createFleetMetrics, SHOWN_STATES, type ShownRun } from './fleet-metrics.ts';

const HALTED: ShownRun = { run: 'rings', state: 'halted', clusters: [{ phase: 'soaked' }, { phase: 'failed' }] };

/** Of runs that are all in one state. */
const counts = (state: ShownRun['state'], count: number) =>
  SHOWN_STATES.map((one) => `vigilante_fleet_runs{state="${one}"} ${one === state ? count : 0}`);

function metrics() {
  const registry = new Registry();
  const clock = { ms: 0 };
  const show = createFleetMetrics(registry, { intervalMs: 60_000, now: () => clock.ms });
  const lines = async () =>
    (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { show, clock, lines };
}

test('M30: the state that a run is in is 1, all others are 0, and each phase of its clusters has a number', async () => {
  const { show, lines } = metrics();
  show([HALTED]);
  const inPhase: Readonly<Record<string, number>> = { soaked: 1, failed: 1 };
  expect(await lines()).toEqual([
    ...counts('halted', 1),
    ...SHOWN_STATES.map((state) => `vigilante_fleet_state{run="rings",state="${state}"} ${state === 'halted' ? 1 : 0}`),
    ...CLUSTER_PHASES.map((phase) => `vigilante_fleet_clusters{run="rings",phase="${phase}"} ${inPhase[phase] ?? 0}`),
  ]);
});

test('M52: a run that has ended is shown no longer, and that none goes on is known', async () => {
  const { show, lines } = metrics();
  show([HALTED, { ...HALTED, run: 'other' }]);
  expect(await lines()).toEqual(expect.arrayContaining(counts('halted', 2)));
  show([]);
  expect(await lines()).toEqual(counts('halted', 0));
});

test('M52: before the first answer, and two and a half intervals after the last, nothing is shown', async () => {
  const { show, clock, lines } = metrics();
  expect(await lines()).toEqual([]);
  show([HALTED]);
  clock.ms = 149_999;
  expect(await lines()).toContain('vigilante_fleet_state{run="rings",state="halted"} 1');
  clock.ms = 150_000;
  expect(await lines()).toEqual([]);
});
