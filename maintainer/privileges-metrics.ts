/** What the maintainer measures of the watch of privileges. */

import { Counter, Gauge, type Registry } from 'prom-client';

import type { PrivilegesActivityDeps } from '../activities/privileges/deps.ts';
import { JUDGEMENTS } from '../domain/privileges/judgement.ts';
import type { PrivilegesReport } from '../domain/privileges/report.ts';

type MetricHooks = Required<Pick<PrivilegesActivityDeps, 'onReport' | 'onUnavailable'>>;

/**
 * Each evaluation runs on any one of the maintainers. What one of them found is shown a little longer than until the next
 * evaluation, so that none goes on to show what another one has found otherwise.
 */
const SHOWN_INTERVALS = 1.25;

export function createPrivilegesMetrics(
  registry: Registry,
  { intervalMs, now = () => performance.now() }: { readonly intervalMs: number; readonly now?: () => number },
): MetricHooks {
  const registers = [registry];
  const evaluations = new Counter({
    name: 'vigilante_privileges_evaluations_total',
    help: 'Comparisons of what runs with what is declared, by their result: a report, or none.',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['report', 'unavailable']) evaluations.inc({ result }, 0);
  let found: { readonly counts: PrivilegesReport['counts']; readonly untilMs: number } | null = null;
  registry.registerMetric(
    new Gauge({
      name: 'vigilante_privileges_containers',
      help: 'Containers by the judgement of their privileges, as of the last evaluation on this maintainer; of absent, rows of the file. Gone when the next one is overdue.',
      labelNames: ['judgement'],
      registers: [],
      collect() {
        this.reset();
        if (found === null || now() >= found.untilMs) return;
        for (const judgement of JUDGEMENTS) this.set({ judgement }, found.counts[judgement]);
      },
    }),
  );
  return {
    onReport({ counts }) {
      evaluations.inc({ result: 'report' });
      found = { counts, untilMs: now() + SHOWN_INTERVALS * intervalMs };
    },
    onUnavailable() {
      evaluations.inc({ result: 'unavailable' });
      found = null;
    },
  };
}
