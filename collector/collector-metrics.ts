/** What the collector measures: the verdict in numbers, the reports, the store. Few series, however many agents. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

import { type AgentReport, NOT_MEASURED_MS } from '../contracts/agent-report.ts';
import type { ConnectivityCounts } from '../contracts/watch-connectivity.ts';
import type { AgentRegistry } from './agent-registry.ts';

export const REPORT_RESULTS = ['stored', 'refused', 'unavailable', 'limited', 'unauthenticated'] as const;
export type ReportResult = (typeof REPORT_RESULTS)[number];

export interface CollectorMetrics {
  countReport(result: ReportResult): void;
  observeSave(seconds: number): void;
  /** Records were written to the store together. */
  countCommit(): void;
}

export interface CollectorMetricsDeps {
  readonly registry: Registry;
  readonly agents: Pick<AgentRegistry, 'reports'>;
  /** Null while nothing is known of pods or nodes. */
  readonly counts: () => ConnectivityCounts | null;
  readonly storeProblem: () => string | null;
}

type ProbeKind = 'http' | 'tcp' | 'dns';

const PROBE_KINDS: readonly ProbeKind[] = ['http', 'tcp', 'dns'];
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
  const commits = new Counter({
    name: 'vigilante_collector_commits_total',
    help: 'Writes to the store, each of one report or of many; of the embedded store each waits for the disk once.',
    registers,
  });
  addVerdictGauges(deps, registers);
  addProbeGauges(deps, registers);
  return {
    countReport: (result) => reports.inc({ result }),
    observeSave: (seconds) => saves.observe(seconds),
    countCommit: () => commits.inc(),
  };
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
  // Both gauges of one page are made from one reading of the reports.
  let outcomes: ReturnType<typeof allOutcomes> | null = null;
  const takeOutcomes = () => {
    const taken = outcomes ?? allOutcomes(agents);
    outcomes = outcomes === null ? taken : null;
    return taken;
  };
  const results = 'Probes in the newest reports, by kind and result.';
  const resultLabels = ['kind', 'result'] as const;
  addGauge({ name: 'vigilante_connectivity_probes', help: results, labelNames: resultLabels, registers }, (own) => {
    const taken = takeOutcomes();
    for (const kind of PROBE_KINDS) {
      const ok = taken[kind].filter((outcome) => outcome.ok).length;
      own.set({ kind, result: 'ok' }, ok);
      own.set({ kind, result: 'failed' }, taken[kind].length - ok);
    }
  });
  const times = 'How long the successful probes in the newest reports took, as quantiles over all agents.';
  const timeLabels = ['kind', 'quantile'] as const;
  addGauge({ name: 'vigilante_connectivity_probe_seconds', help: times, labelNames: timeLabels, registers }, (own) => {
    const taken = takeOutcomes();
    for (const kind of PROBE_KINDS) {
      const sortedMs = taken[kind].flatMap(({ ok, ms }) => (ok ? [ms] : [])).sort((one, other) => one - other);
      if (sortedMs.length === 0) continue;
      for (const quantile of QUANTILES) {
        own.set({ kind, quantile: String(quantile) }, quantileOf(sortedMs, quantile) / 1_000);
      }
    }
  });
}

/** A gauge whose values are made when somebody looks. */
function addGauge<Label extends string>(
  about: { name: string; help: string; registers: Registry[]; labelNames?: readonly Label[] },
  fill: (gauge: Gauge<Label>) => void,
): Gauge<Label> {
  const gauge: Gauge<Label> = new Gauge<Label>({
    ...about,
    collect() {
      if (about.labelNames !== undefined) gauge.reset();
      fill(gauge);
    },
  });
  return gauge;
}

interface ProbeOutcome {
  readonly ok: boolean;
  readonly ms: number;
}

function allOutcomes(agents: Pick<AgentRegistry, 'reports'>): Readonly<Record<ProbeKind, readonly ProbeOutcome[]>> {
  const outcomes: Record<ProbeKind, ProbeOutcome[]> = { http: [], tcp: [], dns: [] };
  for (const { report } of agents.reports()) {
    outcomes.http.push(...httpOutcomes(report));
    outcomes.tcp.push(...(report.tcp_probes ?? []));
    outcomes.dns.push(...(report.dns_probes ?? []));
  }
  return outcomes;
}

/** An answer of the server's own fault is an answer of the network all the same. */
function httpOutcomes({ network_probes: probes }: AgentReport): ProbeOutcome[] {
  return (probes ?? []).map(({ ConnectionResult, Connect, ServerProcessing, ContentTransfer, Total }) => {
    const transferMs = ContentTransfer >= NOT_MEASURED_MS ? 0 : ContentTransfer;
    const ms = Total >= NOT_MEASURED_MS ? Connect + ServerProcessing + transferMs : Total;
    return { ok: ConnectionResult === 1, ms };
  });
}

/** The nearest rank. */
function quantileOf(sorted: readonly number[], quantile: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * quantile) - 1)] ?? 0;
}
