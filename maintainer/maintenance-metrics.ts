/** What the maintainer measures of maintenance: budgets, who waits, the breaker, how maintenances end. */

import { Counter, Gauge, type Registry } from 'prom-client';

import type { MaintenanceActivityDeps, SurveySample } from '../activities/maintenance/deps.ts';
import { NODE_OUTCOMES } from '../domain/maintenance/outcome.ts';

type MetricHooks = Required<Pick<MaintenanceActivityDeps, 'onSurvey' | 'onEnding'>>;

/**
 * The guard looks at the cluster every ten minutes at least, on any one of the maintainers. What one of them saw is shown a
 * little longer, so that none goes on to show what another one has seen otherwise.
 */
const SHOWN_MS = 660_000;

export function createMaintenanceMetrics(registry: Registry, now: () => number = () => performance.now()): MetricHooks {
  let seen: (SurveySample & { readonly untilMs: number }) | null = null;
  const shown = () => (seen !== null && now() < seen.untilMs ? seen : null);
  const gauge: AddGauge = (name, help, labelNames, collect) =>
    registry.registerMetric(
      new Gauge({
        name,
        help: `${help}, as of the last look on this maintainer.`,
        labelNames,
        registers: [],
        collect() {
          this.reset();
          const sample = shown();
          if (sample !== null) collect(this, sample);
        },
      }),
    );
  addGauges(gauge);
  const outcomes = new Counter({
    name: 'vigilante_maintenance_outcomes_total',
    help: 'Maintenances of nodes by what they were for and how they ended; unproven: the node is held.',
    labelNames: ['purpose', 'outcome'],
    registers: [registry],
  });
  for (const outcome of NODE_OUTCOMES) outcomes.inc({ purpose: 'reboot', outcome }, 0);
  return {
    onSurvey(sample) {
      seen = { ...sample, untilMs: now() + SHOWN_MS };
    },
    onEnding: ({ purpose, outcome }) => outcomes.inc({ purpose, outcome }),
  };
}

type AddGauge = (
  name: string,
  help: string,
  labelNames: string[],
  collect: (of: Gauge, sample: SurveySample) => void,
) => void;

function addGauges(gauge: AddGauge): void {
  gauge('vigilante_maintenance_nodes', 'Nodes of a group by state', ['group', 'state'], (of, { tallies, inWork }) => {
    for (const { name: group, down } of tallies.groups) {
      of.set({ group, state: 'in-work' }, inWork.filter((one) => one === group).length);
      of.set({ group, state: 'down-otherwise' }, down);
    }
  });
  gauge(
    'vigilante_maintenance_held_nodes',
    'Nodes that did not come back and keep their slot',
    [],
    (of, { shown: { held } }) => of.set(held),
  );
  gauge(
    'vigilante_maintenance_budget',
    'Budget of a group: nodes that may be away, and of how many',
    ['group', 'kind'],
    (of, { tallies, inWork }) => {
      for (const { name: group, max, denominator } of tallies.groups) {
        of.set({ group, kind: 'max' }, max);
        of.set({ group, kind: 'used' }, inWork.filter((one) => one === group).length);
        of.set({ group, kind: 'denominator' }, denominator);
      }
    },
  );
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
}
