/**
 * The metrics of each agent under the original's names, written from the newest reports: nothing is kept for them, and
 * a series goes with its agent.
 */

import type { HttpProbe } from '../contracts/agent-report.ts';
import type { AgentRegistry } from './agent-registry.ts';
import { seriesOf } from './series.ts';

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
const PROBE_GAUGES: readonly (Family & { readonly value: (probe: HttpProbe) => number })[] = [
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

/** Text in Prometheus' exposition format. */
export function agentMetrics(registry: Pick<AgentRegistry, 'reports' | 'counts'>): string {
  const counts = [...registry.counts()].sort(([one], [other]) => (one < other ? -1 : 1));
  const lines = [
    ...familyLines(ERRORS, 'counter'),
    ...counts.map(([agent, { missCount }]) => `${ERRORS.name}{agent="${escaped(agent)}"} ${missCount}`),
  ];
  const probes = probesOf(registry);
  for (const gauge of PROBE_GAUGES) {
    if (probes.size > 0) lines.push(...familyLines(gauge, 'gauge'));
    for (const [labels, probe] of probes) lines.push(`${gauge.name}{${labels}} ${gauge.value(probe)}`);
  }
  lines.push(
    ...familyLines(REPORTS, 'counter'),
    ...counts.map(([agent, { reportCount }]) => `${REPORTS.name}{agent="${escaped(agent)}"} ${reportCount}`),
  );
  return `${lines.join('\n')}\n`;
}

/** By its labels: of two agents of one series the newer report counts. */
function probesOf(registry: Pick<AgentRegistry, 'reports'>): ReadonlyMap<string, HttpProbe> {
  const newest = new Map<string, { readonly probe: HttpProbe; readonly atMs: number }>();
  for (const { report, lastUpdatedMs: atMs } of registry.reports()) {
    const agent = escaped(seriesOf(report));
    for (const probe of report.network_probes ?? []) {
      const labels = `agent="${agent}",url="${escaped(probe.URL)}"`;
      if ((newest.get(labels)?.atMs ?? 0) <= atMs) newest.set(labels, { probe, atMs });
    }
  }
  const sorted = [...newest].sort(([one], [other]) => (one < other ? -1 : 1));
  return new Map(sorted.map(([labels, { probe }]) => [labels, probe]));
}

function familyLines({ name, help }: Family, type: 'counter' | 'gauge'): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

/** Backslash, double quote and line feed have another meaning in a label's value. */
function escaped(value: string): string {
  return value.toWellFormed().replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
