/** What the worker measures of the pods that ask echoes (E12, E13). */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ProbingDeps } from '../activities/healing/deps.ts';
import { SOURCE_KINDS } from '../domain/healing/pod-evidence.ts';

export interface ProbeMetrics {
  hooksOf(
    profile: string,
    endpoints: readonly string[],
  ): Required<Pick<ProbingDeps, 'onSourceAnswer' | 'onProbed' | 'onRefuted'>>;
  readonly setReachable: (endpoint: string, isReached: boolean) => void;
}

const TURNAROUND_BUCKETS_SECONDS = [0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300];

/** Most writers of the conflist are done long before. */
const LATE_MS = 600_000;

/** @param now the API server wrote the time that it is compared with; for ten minutes the clock of this machine will do */
export function createProbeMetrics(registry: Registry, now: () => number = Date.now): ProbeMetrics {
  const registers = [registry];
  const answers = new Counter({
    name: 'vigilante_source_answers_total',
    help: "Answers of echoes to healing pods, by the address that was seen: the pod's own, its node's, another; invalid, none.",
    labelNames: ['profile', 'endpoint', 'source'],
    registers,
  });
  const turnaround = new Histogram({
    name: 'vigilante_probe_turnaround_seconds',
    help: 'From the creation of a healing pod that asks an echo to its judgement.',
    labelNames: ['profile'],
    buckets: TURNAROUND_BUCKETS_SECONDS,
    registers,
  });
  const refutedLate = new Counter({
    name: 'vigilante_refuted_late_total',
    help: "Healing pods that had their node's address at an echo when the node had been Ready for more than ten minutes.",
    labelNames: ['profile'],
    registers,
  });
  const reachable = new Gauge({
    name: 'vigilante_echo_reachable',
    help: 'Whether the worker itself got an answer of the endpoint when it asked last.',
    labelNames: ['endpoint'],
    registers,
  });
  return {
    hooksOf(profile, endpoints) {
      for (const endpoint of endpoints)
        for (const source of SOURCE_KINDS) answers.inc({ profile, endpoint, source }, 0);
      if (endpoints.length > 0) {
        turnaround.zero({ profile });
        refutedLate.inc({ profile }, 0);
      }
      return {
        onSourceAnswer: ({ endpoint, source }) => answers.inc({ profile, endpoint, source }),
        onProbed: ({ tookMs }) => turnaround.observe({ profile }, tookMs / 1_000),
        onRefuted({ readyChangedMs }) {
          if (readyChangedMs !== null && now() - readyChangedMs > LATE_MS) refutedLate.inc({ profile });
        },
      };
    },
    setReachable: (endpoint, isReached) => reachable.set({ endpoint }, isReached ? 1 : 0),
  };
}
