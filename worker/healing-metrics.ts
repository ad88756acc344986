/** What the worker measures of its attempts (H18). */

import { Counter, Histogram, type Registry } from 'prom-client';

import type { HealingActivityDeps, ProbingDeps } from '../activities/healing/deps.ts';
import type { HealSteps } from '../contracts/healing/activity-results.ts';

type MetricHooks = Required<
  Pick<HealingActivityDeps, 'onAttempt' | 'onPodJudged' | 'onHealed' | 'onEventDropped' | 'onStepRefused'> &
    Pick<ProbingDeps, 'onRelapsed' | 'onRelapseBraked'>
>;

/** All values of the label `step`: each is always shown, so that an alert sees the first refusal. */
const HEALING_STEPS: readonly (keyof HealSteps)[] = [
  'beginHealing',
  'attemptPod',
  'concludeHealing',
  'annotateNode',
  'recordHealingEvent',
  'cleanUpCancelled',
  'observeNode',
  'beginOnboarding',
  'probePod',
  'relapseNode',
  'capTaint',
];

const FIRST_POD_BUCKETS_SECONDS = [0.5, 1, 2, 3, 5, 10, 30, 60, 300, 1_800];
const CURED_BUCKETS_SECONDS = [1, 5, 10, 15, 30, 60, 120, 300, 900, 1_800, 3_600];
const HEALED_BUCKETS_SECONDS = [60, 300, 900, 1_800, 1_860, 1_920, 2_100, 2_700, 3_600, 5_400, 10_800];

/** @param now the API server's clock: it wrote the times that are compared with it */
export function createWorkerMetrics(registry: Registry, now: () => number): MetricHooks {
  const registers = [registry];
  const originalAttempts = new Counter({
    name: 'cops_vigilante_snat_node_healing_attempts',
    help: 'Count of node healing attempts for the SNAT issue.',
    registers,
  });
  const attempts = new Counter({
    name: 'vigilante_attempts_total',
    help: 'Attempts to create a healing pod: created, rejected by the API server, or skipped because of the node.',
    labelNames: ['result'],
    registers,
  });
  const evidence = new Counter({
    name: 'vigilante_pod_evidence_total',
    help: 'Healing pods by what they proved: 0 nothing, 1 an IP, 2 a sandbox with network ready, 3 its own address to an echo.',
    labelNames: ['level'],
    registers,
  });
  const { firstPod, healed, cured } = histograms(registers);
  const eventsDropped = new Counter({
    name: 'vigilante_events_dropped_total',
    help: 'Events about nodes that the API server refused.',
    registers,
  });
  const stepsRefused = new Counter({
    name: 'vigilante_steps_refused_total',
    help: 'Steps of heals that the API server refused (403, 422) and that are tried again, by activity.',
    labelNames: ['step'],
    registers,
  });
  for (const step of HEALING_STEPS) stepsRefused.inc({ step }, 0);
  for (const result of ['created', 'rejected', 'skipped']) attempts.inc({ result }, 0);
  for (const level of [0, 1, 2, 3]) evidence.inc({ level }, 0);
  const secondsSince = (readyMs: number) => Math.max(0, now() - readyMs) / 1_000;

  return {
    onAttempt({ attempt, outcome, readyChangedMs, isWatch = false }) {
      attempts.inc({ result: outcome });
      if (isWatch) return;
      if (outcome !== 'skipped') originalAttempts.inc();
      if (attempt === 1 && outcome === 'created' && readyChangedMs !== null) {
        firstPod.observe(secondsSince(readyChangedMs));
      }
    },
    onPodJudged: (level) => evidence.inc({ level }),
    onHealed({ readyChangedMs, refutedMs }) {
      if (refutedMs !== undefined) cured.observe(secondsSince(refutedMs));
      if (readyChangedMs !== null) healed.observe(secondsSince(readyChangedMs));
    },
    onStepRefused: (step) => stepsRefused.inc({ step }),
    ...relapseHooks(registers),
    onEventDropped: () => eventsDropped.inc(),
  };
}

function histograms(registers: Registry[]) {
  const firstPod = new Histogram({
    name: 'vigilante_ready_to_first_pod_seconds',
    help: 'From the moment a node became Ready to the first healing pod of its heal. Kubernetes gives full seconds.',
    buckets: FIRST_POD_BUCKETS_SECONDS,
    registers,
  });
  const healed = new Histogram({
    name: 'vigilante_ready_to_healed_seconds',
    help: 'From the moment a node became Ready to its annotation as healed.',
    buckets: HEALED_BUCKETS_SECONDS,
    registers,
  });
  const cured = new Histogram({
    name: 'vigilante_refuted_to_healed_seconds',
    help: "From the creation of a node's last refuted pod to its annotation as healed: its cure lies between them.",
    buckets: CURED_BUCKETS_SECONDS,
    registers,
  });
  return { firstPod, healed, cured };
}

function relapseHooks(registers: Registry[]): Pick<MetricHooks, 'onRelapsed' | 'onRelapseBraked'> {
  const relapses = new Counter({
    name: 'vigilante_relapses_total',
    help: 'Marks that were taken back, because pods of a marked node had its address again.',
    registers,
  });
  const relapsesBraked = new Counter({
    name: 'vigilante_relapses_braked_total',
    help: 'Marks that were kept although the node relapsed, because too many nodes did; counted at each try.',
    registers,
  });
  return { onRelapsed: () => relapses.inc(), onRelapseBraked: () => relapsesBraked.inc() };
}
