/** What the maintainer measures of maintenance: budgets, who waits, the breaker, how maintenances end. */

import { Counter, Histogram, type Registry } from 'prom-client';

import type { MaintenanceActivityDeps, SurveySample } from '../activities/maintenance/deps.ts';
import { NODE_OUTCOMES } from '../domain/maintenance/outcome.ts';
import { createLookGauges, type LookGauges } from '../runtime/look-gauges.ts';

type MetricHooks = Required<Pick<MaintenanceActivityDeps, 'onSurvey' | 'onEnding'>>;

/**
 * The guard looks at the cluster every ten minutes at least, on any one of the maintainers. What one of them saw is shown a
 * little longer, so that none goes on to show what another one has seen otherwise.
 */
const SHOWN_MS = 660_000;
/** From what is done at once to what takes a night. */
const STEP_BUCKETS_SECONDS = [1, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 14_400, 43_200];

export function createMaintenanceMetrics(registry: Registry, now: () => number = () => performance.now()): MetricHooks {
  const { add: gauge, saw } = createLookGauges<SurveySample>(registry, { shownMs: SHOWN_MS, now });
  addNodeGauges(gauge);
  addGuardGauges(gauge);
  const registers = [registry];
  const outcomes = new Counter({
    name: 'vigilante_maintenance_outcomes_total',
    help: 'Maintenances of nodes by what they were for and how they ended; unproven: the node is held.',
    labelNames: ['purpose', 'outcome'],
    registers,
  });
  for (const outcome of NODE_OUTCOMES) outcomes.inc({ purpose: 'reboot', outcome }, 0);
  const seconds = new Histogram({
    name: 'vigilante_maintenance_step_seconds',
    help: 'How long each step of a maintenance took, once it has ended.',
    labelNames: ['purpose', 'step'],
    buckets: STEP_BUCKETS_SECONDS,
    registers,
  });
  return {
    onSurvey: saw,
    onEnding({ purpose, outcome, steps }) {
      outcomes.inc({ purpose, outcome });
      for (const { step, tookMs } of steps) seconds.observe({ purpose, step }, tookMs / 1_000);
    },
  };
}

type AddGauge = LookGauges<SurveySample>['add'];

const countOf = (groups: readonly string[], group: string) => groups.filter((one) => one === group).length;

function addNodeGauges(gauge: AddGauge): void {
  gauge('vigilante_maintenance_nodes', 'Nodes of a group by state', ['group', 'state'], (of, { tallies, groups }) => {
    for (const { name: group, down } of tallies.groups) {
      for (const [state, ofState] of Object.entries(groups)) of.set({ group, state }, countOf(ofState, group));
      of.set({ group, state: 'down-otherwise' }, down);
    }
  });
  gauge(
    'vigilante_maintenance_budget',
    'Budget of a group: nodes that may be away, and of how many',
    ['group', 'kind'],
    (of, { tallies, groups }) => {
      for (const { name: group, max, denominator } of tallies.groups) {
        of.set({ group, kind: 'max' }, max);
        of.set({ group, kind: 'used' }, countOf(groups['in-work'], group));
        of.set({ group, kind: 'denominator' }, denominator);
      }
    },
  );
}

function addGuardGauges(gauge: AddGauge): void {
  gauge(
    'vigilante_maintenance_breaker_open',
    'Whether the breaker stops maintenance',
    [],
    (of, { shown: { isBreakerOpen } }) => of.set(Number(isBreakerOpen)),
  );
  gauge(
    'vigilante_maintenance_waiting_seconds',
    'Longest wait for a slot by reason',
    ['reason'],
    (of, { shown: { waiting } }) => {
      for (const { kind, longestMs } of waiting) of.set({ reason: kind }, longestMs / 1_000);
    },
  );
  gauge(
    'vigilante_maintenance_pause_remaining_seconds',
    'Time until a pause of the maintenance ends, 0 while nothing is paused',
    [],
    (of, { shown: { pauseUntilMs }, nowMs }) => of.set(Math.max(0, (pauseUntilMs ?? 0) - nowMs) / 1_000),
  );
}
