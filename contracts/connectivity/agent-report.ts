/**
 * What an agent reports to the collector: the JSON of k8s-netchecker-agent, whose names these are, and the probes of
 * `vigilante agent`. Times of probes in whole milliseconds, `report_interval` and `uptime` in seconds.
 */

export interface HttpProbe {
  readonly URL: string;
  /** 1 where an answer came, whatever its code. */
  readonly ConnectionResult: number;
  /** 0 where no answer came. */
  readonly HTTPCode: number;
  /** Of the original agent this and `ContentTransfer` may be 9223372036854: not measured. */
  readonly Total: number;
  readonly ContentTransfer: number;
  readonly TCPConnection: number;
  readonly DNSLookup: number;
  readonly Connect: number;
  readonly ServerProcessing: number;
}

export interface TcpProbe {
  /** `host:port`. */
  readonly target: string;
  readonly ok: boolean;
  readonly ms: number;
  /** Null where it succeeded. */
  readonly error: string | null;
}

export interface DnsProbe {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly addresses: readonly string[];
  /** Null where it succeeded. */
  readonly error: string | null;
}

/** Null is kept apart from empty: both go out as they came. */
export type AddressLists = Readonly<Record<string, readonly string[] | null>> | null;

export interface AgentReport {
  /** Seconds; an agent that is silent for two of them is outdated. */
  readonly report_interval: number;
  readonly nodename: string;
  readonly podname: string;
  /** The agent's own clock, RFC 3339; only shown, never reckoned with. */
  readonly hostdate: string;
  /** Of the agent's host. */
  readonly uptime: number;
  /** Addresses that the collector's name resolved to. */
  readonly nslookup: AddressLists;
  readonly network_probes: readonly HttpProbe[] | null;
  /** Addresses of the agent's interfaces, with the length of their prefix. */
  readonly ips: AddressLists;
  /** Sent by `vigilante agent` only; the original server ignores it. */
  readonly tcp_probes?: readonly TcpProbe[];
  readonly dns_probes?: readonly DnsProbe[];
}

/** What the original agent reports where a duration was not measured. */
export const NOT_MEASURED_MS = 9_223_372_036_854;

export const AGENTS_PATH = '/api/v1/agents';
export const PING_PATH = '/api/v1/ping';
/** Answers `ConnectivityVerdict`; the query `names` bounds each list of agents, default 100. */
export const VERDICT_PATH = '/api/v2/connectivity';
