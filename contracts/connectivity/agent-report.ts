/**
 * What an agent reports to the collector: the JSON of k8s-netchecker-agent, whose names these are, and the probes of
 * `vigilante agent`. `report_interval` and `uptime` are in seconds.
 */

import type { HostFacts } from './host-facts.ts';
import type { OwnProbeLists, Probe, ProbesByKind } from './probes.ts';
import type { ProcessesReport } from './processes.ts';

/** Null is kept apart from empty: both go out as they came. */
export type AddressLists = Readonly<Record<string, readonly string[] | null>> | null;

export interface AgentReport extends OwnProbeLists {
  /** Seconds; an agent that is silent for two of them is outdated. */
  readonly report_interval: number;
  readonly nodename: string;
  readonly podname: string;
  /** The agent's own clock, RFC 3339; only shown, never reckoned with. */
  readonly hostdate: string;
  /** Uptime of the agent's host. */
  readonly uptime: number;
  /** Addresses that the collector's name resolved to. */
  readonly nslookup: AddressLists;
  readonly network_probes: readonly Probe<'http'>[] | null;
  /** Addresses of the agent's interfaces, with the length of their prefix. */
  readonly ips: AddressLists;
  /** Only of an agent that reads them; the original server and older collectors ignore this key. */
  readonly processes?: ProcessesReport;
  /** Only of an agent that is asked for it, as above. */
  readonly host?: HostFacts;
}

export function probesIn({ network_probes, tcp_probes, dns_probes }: AgentReport): ProbesByKind {
  return { http: network_probes ?? [], tcp: tcp_probes ?? [], dns: dns_probes ?? [] };
}

/** What the original agent reports where a duration was not measured. */
export const NOT_MEASURED_MS = 9_223_372_036_854;

export const AGENTS_PATH = '/api/v1/agents';
export const PING_PATH = '/api/v1/ping';
/** Answers `ConnectivityVerdict`; the query `names` bounds each list of agents, default 100. */
export const VERDICT_PATH = '/api/v2/connectivity';
/** Answers `NodeAnswer` for each node; the query `limit` bounds them. */
export const NODES_PATH = '/api/v2/nodes';
/** Answers a page of `AgentProcesses`; the query `after` names the last agent of the page before, `limit` its size. */
export const PROCESSES_PATH = '/api/v2/processes';
