/** What the worker measures of the watch of the connectivity. */

import { Counter, Gauge, type Registry } from 'prom-client';

import type { ConnectivityActivityDeps } from '../activities/connectivity/deps.ts';
import type { ConnectivityState } from '../contracts/connectivity/watch-connectivity.ts';

type MetricHooks = Required<Pick<ConnectivityActivityDeps, 'onEvaluation' | 'onConditionRefused'>>;

const STATES: readonly ConnectivityState[] = ['ok', 'failing', 'unknown', 'paused'];

/**
 * Each evaluation runs on any one of the workers. What one of them heard of the state is shown for as long, so that
 * none goes on to show what has long changed.
 */
const STATE_INTERVALS_MAX = 3;

export function createConnectivityMetrics(
  registry: Registry,
  now: () => number = () => performance.now(),
): MetricHooks {
  const registers = [registry];
  const evaluations = new Counter({
    name: 'vigilante_connectivity_evaluations_total',
    help: 'Questions to the collector by their result: a verdict that is ok or failing, or none.',
    labelNames: ['result'],
    registers,
  });
  for (const result of ['ok', 'failing', 'unavailable']) evaluations.inc({ result }, 0);
  const conditionsRefused = new Counter({
    name: 'vigilante_conditions_refused_total',
    help: 'Conditions AgentConnectivity that the API server refused; each is written again after the next evaluation.',
    registers,
  });
  let heard: { readonly state: ConnectivityState; readonly untilMs: number } | null = null;
  registry.registerMetric(
    new Gauge({
      name: 'vigilante_connectivity_state',
      help: 'State of the watch as of its last evaluation on this worker: 1 for the state that it is in. Gone when that is three intervals ago.',
      labelNames: ['state'],
      registers: [],
      collect() {
        this.reset();
        if (heard === null || now() >= heard.untilMs) return;
        for (const state of STATES) this.set({ state }, state === heard.state ? 1 : 0);
      },
    }),
  );
  return {
    onConditionRefused: () => conditionsRefused.inc(),
    onEvaluation({ result, state, intervalMs }) {
      evaluations.inc({ result });
      heard = { state, untilMs: now() + STATE_INTERVALS_MAX * intervalMs };
    },
  };
}
