/** The metrics of maintenance: what the last look of the guard showed, and how long the steps took. */

import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import type { SurveySample } from '../activities/maintenance/deps.ts';
import { createMaintenanceMetrics } from './maintenance-metrics.ts';

const SIDE = { denominator: 10, max: 2, down: 3 };
const SAMPLE: SurveySample = {
  tallies: {
    cluster: SIDE,
    groups: [{ ...SIDE, name: 'workers', unavailableMax: 5, downNames: [], schedulable: 5 }],
    controlPlane: { count: 0, down: 0 },
  },
  groups: {
    'in-work': ['workers', 'workers', ''],
    waiting: ['workers'],
    held: ['workers'],
    'cordoned-otherwise': [],
  },
  shown: { held: [], isBreakerOpen: true, pauseUntilMs: 61_000, waiting: [{ kind: 'gate', longestMs: 90_000 }] },
  nowMs: 1_000,
};

function metrics() {
  const registry = new Registry();
  const clock = { ms: 0 };
  const hooks = createMaintenanceMetrics(registry, () => clock.ms);
  const lines = async () => (await registry.metrics()).split('\n');
  return { ...hooks, clock, lines };
}

test('M30: a look is shown with each state of the nodes, who waits for what, the breaker and the end of a pause', async () => {
  const { onSurvey, lines } = metrics();
  onSurvey(SAMPLE);
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'vigilante_maintenance_nodes{group="workers",state="in-work"} 2',
      'vigilante_maintenance_nodes{group="workers",state="waiting"} 1',
      'vigilante_maintenance_nodes{group="workers",state="held"} 1',
      'vigilante_maintenance_nodes{group="workers",state="cordoned-otherwise"} 0',
      'vigilante_maintenance_nodes{group="workers",state="down-otherwise"} 3',
      'vigilante_maintenance_budget{group="workers",kind="used"} 2',
      'vigilante_maintenance_breaker_open 1',
      'vigilante_maintenance_waiting_seconds{reason="gate"} 90',
      'vigilante_maintenance_pause_remaining_seconds 60',
    ]),
  );
});

test('M52: what was seen is gone once another maintainer must have looked', async () => {
  const { onSurvey, clock, lines } = metrics();
  onSurvey(SAMPLE);
  clock.ms = 660_000;
  const shown = (await lines()).join('\n');
  expect(shown).not.toContain('vigilante_maintenance_nodes{');
  expect(shown).toContain('vigilante_maintenance_pause_remaining_seconds 0');
});

test('each step of a maintenance that has ended is counted by what it was for', async () => {
  const { onEnding, lines } = metrics();
  const steps = [
    { step: 'drain', tookMs: 45_000 },
    { step: 'prove', tookMs: 200_000 },
  ] as const;
  onEnding({ purpose: 'by-hand', outcome: 'done', steps });
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'vigilante_maintenance_outcomes_total{purpose="by-hand",outcome="done"} 1',
      'vigilante_maintenance_step_seconds_sum{purpose="by-hand",step="drain"} 45',
      'vigilante_maintenance_step_seconds_count{purpose="by-hand",step="prove"} 1',
    ]),
  );
});
