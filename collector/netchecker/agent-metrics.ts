/**
 * The metrics of each agent under the original's names, written from the newest reports in pieces. Nothing is kept for
 * them, and a series goes with its agent. A page is bounded however many probes are reported.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Probe } from '../../contracts/connectivity/probes.ts';
import type { AgentRegistry } from '../reports/agent-registry.ts';
import { type KnownAgent, reportOf } from '../reports/known-agent.ts';
import type { SeriesCounts } from '../reports/series.ts';

/** What a page has left out, by reason. */
export interface LeftOut {
  /** Probes whose URL is too long. */
  readonly longUrl: number;
  /** Probes above the bounds of a page. */
  readonly crowded: number;
}

export interface PageLimits {
  /** Characters of the label `url`; a probe of a longer one is left out: cut off, two could have the same labels. */
  readonly urlLengthMax: number;
  /** Samples of each of the eight families of probes. */
  readonly samplesMax: number;
  /** Characters of each of these families. */
  readonly charactersMax: number;
}

/** 15,000 agents with ten URLs each. */
export const PAGE_LIMITS: PageLimits = { urlLengthMax: 512, samplesMax: 150_000, charactersMax: 32 * 1_048_576 };
const PIECE_LENGTH = 32_768;
/** Lines, and agents without one, before other work gets its turn. */
const STEPS_AT_ONCE = 512;

interface Family {
  readonly name: string;
  readonly help: string;
}

const REPORTS: Family = {
  name: 'ncagent_report_count_total',
  help: 'Total number of reports (keepalive messages) from the agent.',
};
const ERRORS: Family = {
  name: 'ncagent_error_count_total',
  help: 'Total number of errors (keepalive miss count) for the agent.',
};

/** Gauges with the labels `agent` and `url`, in the order of their names. */
const PROBE_GAUGES: readonly (Family & { readonly value: (probe: Probe<'http'>) => number })[] = [
  { name: 'ncagent_http_probe_code', help: 'HTTP status code.', value: (probe) => probe.HTTPCode },
  { name: 'ncagent_http_probe_connect_time_ms', help: 'Connection time in ms', value: (probe) => probe.Connect },
  {
    name: 'ncagent_http_probe_connection_result',
    help: 'Connection result: 0 - error, 1 - success',
    value: (probe) => probe.ConnectionResult,
  },
  {
    name: 'ncagent_http_probe_content_transfer_time_ms',
    help: 'The duration of content transfer, from the first response byte till the end (in ms).',
    value: (probe) => probe.ContentTransfer,
  },
  { name: 'ncagent_http_probe_dns_lookup_time_ms', help: 'DNS lookup time in ms.', value: (probe) => probe.DNSLookup },
  {
    name: 'ncagent_http_probe_server_processing_time_ms',
    help: 'Server processing time in ms.',
    value: (probe) => probe.ServerProcessing,
  },
  {
    name: 'ncagent_http_probe_tcp_connection_time_ms',
    help: 'TCP establishing time in ms.',
    value: (probe) => probe.TCPConnection,
  },
  {
    name: 'ncagent_http_probe_total_time_ms',
    help: 'The total duration of http request.',
    value: (probe) => probe.Total,
  },
];

export type MetricsSource = Pick<AgentRegistry, 'agents' | 'counts'>;

/**
 * Pieces of text in Prometheus' exposition format; other work goes on between them.
 * @param onLeftOut called at the end of the page.
 */
export async function* agentMetrics(
  source: MetricsSource,
  onLeftOut: (leftOut: LeftOut) => void,
  limits: PageLimits = PAGE_LIMITS,
): AsyncGenerator<string> {
  const counts = [...source.counts()].sort(([one], [other]) => (one < other ? -1 : 1));
  let leftOut: LeftOut = { longUrl: 0, crowded: 0 };
  let piece = '';
  let steps = 0;
  for (const line of linesOf()) {
    piece += line;
    steps += 1;
    if (piece.length < PIECE_LENGTH && steps % STEPS_AT_ONCE !== 0) continue;
    if (piece !== '') yield piece;
    piece = '';
    await nextTurn();
  }
  yield piece;
  onLeftOut(leftOut);

  function* linesOf(): Generator<string> {
    yield* counterLines(ERRORS, counts, ({ missCount }) => missCount);
    const series = agentsBySeries(source);
    for (const gauge of PROBE_GAUGES) leftOut = yield* gaugeLines(gauge, series, limits);
    yield* counterLines(REPORTS, counts, ({ reportCount }) => reportCount);
  }
}

function* counterLines(
  family: Family,
  counts: readonly (readonly [string, SeriesCounts])[],
  value: (counts: SeriesCounts) => number,
): Generator<string> {
  yield headOf(family, 'counter');
  for (const [series, its] of counts) yield `${family.name}{agent="${escaped(series)}"} ${value(its)}\n`;
}

type AgentsBySeries = readonly (readonly [string, readonly KnownAgent[]])[];

/** In the order of the series; the newest report of each last. */
function agentsBySeries(source: MetricsSource): AgentsBySeries {
  const bySeries = new Map<string, KnownAgent[]>();
  for (const agent of source.agents()) {
    const others = bySeries.get(agent.series);
    if (others === undefined) bySeries.set(agent.series, [agent]);
    else others.push(agent);
  }
  for (const agents of bySeries.values()) agents.sort((one, other) => one.receivedMs - other.receivedMs);
  return [...bySeries].sort(([one], [other]) => (one < other ? -1 : 1));
}

function* gaugeLines(
  gauge: (typeof PROBE_GAUGES)[number],
  series: AgentsBySeries,
  { urlLengthMax, samplesMax, charactersMax }: PageLimits,
): Generator<string, LeftOut> {
  let samples = 0;
  let characters = 0;
  let longUrl = 0;
  let crowded = 0;
  for (const [name, agents] of series) {
    const label = escaped(name);
    for (const [url, probe] of probesOf(agents)) {
      if (url.length > urlLengthMax) {
        longUrl += 1;
        continue;
      }
      const line = `${gauge.name}{agent="${label}",url="${escaped(url)}"} ${gauge.value(probe)}\n`;
      if (samples >= samplesMax || characters + line.length > charactersMax) {
        crowded += 1;
        continue;
      }
      if (samples === 0) yield headOf(gauge, 'gauge');
      samples += 1;
      characters += line.length;
      yield line;
    }
    // An agent without a line: other work must have its turn all the same.
    yield '';
  }
  return { longUrl, crowded };
}

/** By URL: of two agents of one series the newer report counts. */
function probesOf(agents: readonly KnownAgent[]): readonly (readonly [string, Probe<'http'>])[] {
  const newest = new Map<string, Probe<'http'>>();
  for (const agent of agents) {
    if (agent.probeCount === 0) continue;
    for (const probe of reportOf(agent).network_probes ?? []) newest.set(probe.URL, probe);
  }
  return [...newest].sort(([one], [other]) => (one < other ? -1 : 1));
}

function headOf({ name, help }: Family, type: 'counter' | 'gauge'): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

/** Backslash, double quote and line feed have another meaning in a label's value. */
function escaped(value: string): string {
  return value.toWellFormed().replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
