/** What the collector measures: the verdict in numbers, the reports, the store. Few series, however many agents. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

import { PROBE_KINDS } from '../contracts/connectivity/probes.ts';
import type { ConnectivityCounts } from '../contracts/connectivity/watch-connectivity.ts';
import type { LeftOut } from './netchecker/agent-metrics.ts';
import type { AgentRegistry } from './reports/agent-registry.ts';
import { summarizeProbes } from './reports/probe-summary.ts';

export const REPORT_RESULTS = ['stored', 'refused', 'unavailable', 'limited', 'unauthenticated'] as const;
export type ReportResult = (typeof REPORT_RESULTS)[number];

export interface CollectorMetrics {
  countReport(result: ReportResult): void;
  observeSave(seconds: number): void;
  /** What the last page of `ncagent_*` had no room for. */
  setLeftOut(leftOut: LeftOut): void;
}

export interface CollectorMetricsDeps {
  readonly registry: Registry;
  readonly agents: Pick<AgentRegistry, 'reports'>;
  /** Null while nothing is known of pods or nodes. */
  readonly counts: () => ConnectivityCounts | null;
  readonly storeProblem: () => string | null;
}

const QUANTILES = [0.5, 0.9, 0.99] as const;
const SAVE_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5];

export function createCollectorMetrics(deps: CollectorMetricsDeps): CollectorMetrics {
  const registers = [deps.registry];
  const reports = new Counter({
    name: 'vigilante_collector_reports_total',
    help: 'Reports by what became of them: stored, refused as wrong, unavailable store, limited, unauthenticated.',
    labelNames: ['result'],
    registers,
  });
  for (const result of REPORT_RESULTS) reports.inc({ result }, 0);
  const saves = new Histogram({
    name: 'vigilante_collector_save_seconds',
    help: 'From the arrival of a report to its being stored.',
    buckets: SAVE_BUCKETS_SECONDS,
    registers,
  });
  const leftOut = new Gauge({
    name: 'vigilante_collector_probes_left_out',
    help: 'Probes that the last page of metrics left out: long-url (of more than 512 characters), crowded (above the bounds of a page).',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of ['long-url', 'crowded']) leftOut.set({ reason }, 0);
  addVerdictGauges(deps, registers);
  addProbeGauges(deps, registers);
  return {
    countReport: (result) => reports.inc({ result }),
    observeSave: (seconds) => saves.observe(seconds),
    setLeftOut({ longUrl, crowded }) {
      leftOut.set({ reason: 'long-url' }, longUrl);
      leftOut.set({ reason: 'crowded' }, crowded);
    },
  };
}

/** Returns what counts: records were written to the store together. */
export function countCommits(registry: Registry): () => void {
  const commits = new Counter({
    name: 'vigilante_collector_commits_total',
    help: 'Writes to the store, each of one report or of many; of the embedded store each waits for the disk once.',
    registers: [registry],
  });
  return () => commits.inc();
}

function addVerdictGauges({ counts, storeProblem }: CollectorMetricsDeps, registers: Registry[]): void {
  const gauge = (name: string, help: string, value: () => number) =>
    addGauge({ name, help, registers }, (own) => own.set(value()));
  gauge('vigilante_connectivity_verdict_known', 'Whether pods and nodes are known, so that there is a verdict.', () =>
    counts() === null ? 0 : 1,
  );
  gauge('vigilante_connectivity_verdict_ok', 'Whether no agent is absent or outdated.', () => {
    const known = counts();
    return known !== null && known.absent === 0 && known.outdated === 0 ? 1 : 0;
  });
  gauge('vigilante_collector_store_up', 'Whether the store takes reports.', () => (storeProblem() === null ? 1 : 0));
  const help = 'Agents by state; conflicting ones are among the reporting.';
  addGauge({ name: 'vigilante_connectivity_agents', help, labelNames: ['state'], registers }, (own) => {
    const { expected: _, ...states } = counts() ?? { expected: 0 };
    for (const [state, count] of Object.entries(states)) own.set({ state }, count);
  });
}

function addProbeGauges({ agents }: CollectorMetricsDeps, registers: Registry[]): void {
  // Both gauges of one page, and pages that are made at the same time, share one reading of the reports.
  let reading: ReturnType<typeof summarizeProbes> | null = null;
  const summarize = () => {
    reading ??= summarizeProbes(agents).finally(() => {
      reading = null;
    });
    return reading;
  };
  const results = 'Probes in the newest reports, by kind and result.';
  const resultLabels = ['kind', 'result'] as const;
  addGauge(
    { name: 'vigilante_connectivity_probes', help: results, labelNames: resultLabels, registers },
    async (own) => {
      const summary = await summarize();
      for (const kind of PROBE_KINDS) {
        own.set({ kind, result: 'ok' }, summary[kind].ok);
        own.set({ kind, result: 'failed' }, summary[kind].failed);
      }
    },
  );
  const times =
    'How long the successful probes in the newest reports took, as quantiles over all agents; longer than two minutes counts as that.';
  const timeLabels = ['kind', 'quantile'] as const;
  addGauge(
    { name: 'vigilante_connectivity_probe_seconds', help: times, labelNames: timeLabels, registers },
    async (own) => {
      const summary = await summarize();
      for (const kind of PROBE_KINDS) {
        for (const quantile of QUANTILES) {
          const ms = summary[kind].quantileMs(quantile);
          if (ms !== null) own.set({ kind, quantile: String(quantile) }, ms / 1_000);
        }
      }
    },
  );
}

/** A gauge whose values are made when somebody looks. */
function addGauge<Label extends string>(
  about: { name: string; help: string; registers: Registry[]; labelNames?: readonly Label[] },
  fill: (gauge: Gauge<Label>) => void | Promise<void>,
): Gauge<Label> {
  const gauge: Gauge<Label> = new Gauge<Label>({
    ...about,
    async collect() {
      if (about.labelNames !== undefined) gauge.reset();
      await fill(gauge);
    },
  });
  return gauge;
}
