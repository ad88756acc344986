/** The flags of an agent: those of the original agent, those of its log library, and ours. */

import { quoted, readFlags } from '../config/go-flags.ts';
import type { RebootOptions } from './reboot-facts.ts';
import {
  type CollectorEndpoint,
  parseEndpoint,
  parseHostName,
  parseHttpUrl,
  parseTcpTarget,
  type TcpTarget,
} from './targets.ts';

export interface AgentOptions {
  readonly endpoint: CollectorEndpoint;
  readonly reportIntervalSeconds: number;
  readonly probeUrls: readonly string[];
  readonly tcpTargets: readonly TcpTarget[];
  readonly dnsNames: readonly string[];
  /** Zeros in each report, which make it longer than one packet. */
  readonly zeroExtenderLength: number;
  /** Whether the processes of containers are read. */
  readonly processes: boolean;
  readonly reboots: RebootOptions;
  readonly tokenFile: string | null;
  readonly caFile: string | null;
  readonly verbosity: number;
  readonly logToStderr: boolean;
}

export type OptionsReading =
  | { readonly kind: 'options'; readonly options: AgentOptions }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'wrong'; readonly message: string };

/** A wrong value; the message is the whole line that the user reads. */
class WrongFlag extends Error {}

const INTERVAL_SECONDS_MAX = 86_400;
/** Two bytes each; a collector takes reports of 1 MiB unless it is configured otherwise. */
const ZEROS_MAX = 1_000_000;
/** Probes of each kind; a collector takes a hundred unless it is configured otherwise. */
const PROBES_MAX = 1_000;
const VERBOSITY_MAX = 100;

/** Flags of glog. They say where its files go, and there are none here. */
const GLOG_FLAGS = ['stderrthreshold', 'vmodule', 'log_dir', 'log_backtrace_at', 'log_link', 'logbuflevel'];
const LOG_BOOLEANS = ['logtostderr', 'alsologtostderr'];
const BOOLEANS = ['processes', 'bootid', ...LOG_BOOLEANS];
const VALUES = [
  'serverendpoint',
  'reportinterval',
  'probeurls',
  'zeroextenderlength',
  'tcpprobes',
  'dnsprobes',
  'sentinel',
  'tokenfile',
  'cafile',
  'v',
];

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...VALUES.map((name) => [name, false] as const),
  ...BOOLEANS.map((name) => [name, true] as const),
  ...GLOG_FLAGS.map((name) => [name, false] as const),
]);

export const HELP = `Usage: vigilante agent [-flag=value | -flag value | --flag=value]...

Probes from this node and reports to the collector. Needs MY_POD_NAME, and MY_NODE_NAME, in the environment.

  -serverendpoint=HOST:PORT   collector; https://HOST:PORT for TLS (default netchecker-service:8081)
  -reportinterval=SECONDS     from one report to the next, 1 to ${INTERVAL_SECONDS_MAX} (default 60)
  -probeurls=URL,URL          HTTP probes, separated by , or ; (default none, the collector is always probed)
  -tcpprobes=HOST:PORT,...    TCP probes; their time includes the lookup of the name (default none)
  -dnsprobes=NAME,...         lookups, with the node's own resolver (default none)
  -processes                  report users and capabilities of the processes of containers; needs the node's PID namespace
  -bootid                     report the id of the node's boot
  -sentinel=PATH              report whether this file of the node is there: the node needs a reboot; in a container the
                              path of a folder of the node that is mounted (default none)
  -zeroextenderlength=COUNT   zeros in each report, to make it longer than one packet (default 1500)
  -tokenfile=PATH             bearer token for the collector, read again for each report (default none)
  -cafile=PATH                certificate authority of the collector, read again for each report (default the public ones)
  -v=LEVEL                    5 and more: log every probe and every report (default 0)
  -logtostderr                log to standard error instead of standard output; so does -alsologtostderr
  -help                       show this

The other flags of glog (${GLOG_FLAGS.map((name) => `-${name}`).join(', ')})
are taken and not used: the log is one JSON object per line, never in files.
`;

export function parseAgentOptions(args: readonly string[]): OptionsReading {
  const reading = readFlags(args, FLAGS);
  if (reading.kind === 'help') return { kind: 'help', text: HELP };
  if (reading.kind === 'wrong') return reading;
  try {
    return { kind: 'options', options: optionsOf(reading.values) };
  } catch (error) {
    if (!(error instanceof WrongFlag)) throw error;
    return { kind: 'wrong', message: error.message };
  }
}

function optionsOf(values: ReadonlyMap<string, string>): AgentOptions {
  return {
    endpoint: endpointOf(values.get('serverendpoint') ?? 'netchecker-service:8081'),
    reportIntervalSeconds: wholeNumber(values, 'reportinterval', { min: 1, max: INTERVAL_SECONDS_MAX, fallback: 60 }),
    probeUrls: list(values, 'probeurls', {
      parse: (text) => (parseHttpUrl(text) === null ? null : text),
      allowed: 'addresses such as http://host:port/path',
    }),
    tcpTargets: list(values, 'tcpprobes', { parse: parseTcpTarget, allowed: 'host:port' }),
    dnsNames: list(values, 'dnsprobes', { parse: parseHostName, allowed: 'names of hosts' }),
    zeroExtenderLength: wholeNumber(values, 'zeroextenderlength', { min: 0, max: ZEROS_MAX, fallback: 1_500 }),
    processes: toggle(values, 'processes'),
    reboots: { bootId: toggle(values, 'bootid'), sentinel: path(values, 'sentinel') },
    tokenFile: path(values, 'tokenfile'),
    caFile: path(values, 'cafile'),
    verbosity: wholeNumber(values, 'v', { min: 0, max: VERBOSITY_MAX, fallback: 0 }),
    logToStderr: LOG_BOOLEANS.map((name) => toggle(values, name)).includes(true),
  };
}

function endpointOf(text: string): CollectorEndpoint {
  const endpoint = parseEndpoint(text);
  return endpoint ?? refuse('serverendpoint', text, 'host:port, http://host:port or https://host:port');
}

function wholeNumber(
  values: ReadonlyMap<string, string>,
  name: string,
  { min, max, fallback }: { min: number; max: number; fallback: number },
): number {
  const text = values.get(name);
  if (text === undefined) return fallback;
  const number = /^[+-]?(0|[1-9]\d*)$/.test(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : refuse(name, text, `a whole number from ${min} to ${max}`);
}

/** The texts that Go takes for a boolean. */
function toggle(values: ReadonlyMap<string, string>, name: string): boolean {
  const text = values.get(name) ?? 'false';
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true;
  return /^(0|f|F|false|FALSE|False)$/.test(text) ? false : refuse(name, text, 'true or false');
}

function list<Item>(
  values: ReadonlyMap<string, string>,
  name: string,
  { parse, allowed }: { parse: (text: string) => Item | null; allowed: string },
): Item[] {
  const texts = (values.get(name) ?? '').split(/[,;]/).map((text) => text.trim());
  const items = texts.filter((text) => text !== '').map((text) => parse(text) ?? refuse(name, text, allowed));
  return items.length <= PROBES_MAX ? items : refuse(name, `${items.length} probes`, `at most ${PROBES_MAX}`);
}

function path(values: ReadonlyMap<string, string>, name: string): string | null {
  const text = values.get(name);
  if (text === '') return refuse(name, text, 'the path of a file');
  return text ?? null;
}

function refuse(name: string, value: string, allowed: string): never {
  throw new WrongFlag(`-${name}: ${quoted(value)} is not allowed; allowed: ${allowed}`);
}
