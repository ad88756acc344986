/**
 * Parses the body of a report, as the original's JSON decoder would: unknown keys are passed over, a missing or null
 * field has its zero value, the case of a key does not matter. What the original answered with 500 is a problem here.
 */

import { isUtf8 } from 'node:buffer';

import type {
  AddressLists,
  AgentReport,
  DnsProbe,
  HttpProbe,
  TcpProbe,
} from '../../contracts/connectivity/agent-report.ts';
import { ownMessageOf } from '../../domain/error-message.ts';
import { parseNodeName } from '../../domain/node/identity.ts';
import { parseGoTime, ZERO_TIME } from '../netchecker/go-time.ts';
import { ReportProblem, valueOf } from './problem.ts';

/** A host with hundreds of pods has as many interfaces. */
const LISTS_MAX = 1_024;
const ADDRESSES_MAX = 64;
const TEXT_LENGTH_MAX = 2_048;
/** Days in seconds, a year and more: more is no interval. */
const INTERVAL_SECONDS_MAX = 31_536_000;

export interface ReportLimits {
  readonly probesMax: number;
}

/** Throws `ReportProblem`. */
export function parseReport(body: Buffer, name: string, limits: ReportLimits): AgentReport {
  const fields = fieldsOf(parseJson(body), 'the report');
  const podname = textAt(fields, 'podname');
  if (podname !== name)
    throw new ReportProblem(`podname: ${valueOf(podname)}: expected the name in the address, ${name}`);
  const tcpProbes = listAt(fields, 'tcp_probes', limits.probesMax);
  const dnsProbes = listAt(fields, 'dns_probes', limits.probesMax);
  return {
    report_interval: numberAt(fields, 'report_interval', { min: 0, max: INTERVAL_SECONDS_MAX }),
    nodename: nodeNameAt(fields, 'nodename'),
    podname,
    hostdate: timeAt(fields, 'hostdate'),
    uptime: numberAt(fields, 'uptime', { min: 0 }),
    nslookup: addressesAt(fields, 'nslookup'),
    network_probes: listAt(fields, 'network_probes', limits.probesMax)?.map(httpProbe) ?? null,
    ips: addressesAt(fields, 'ips'),
    ...(tcpProbes === null ? {} : { tcp_probes: tcpProbes.map(tcpProbe) }),
    ...(dnsProbes === null ? {} : { dns_probes: dnsProbes.map(dnsProbe) }),
  };
}

type Fields = ReadonlyMap<string, unknown>;

function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new ReportProblem('the body: expected JSON in UTF-8');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    const why = ownMessageOf(error);
    throw new ReportProblem(`the body: expected JSON: ${why.slice(0, 200)}`);
  }
}

/** By lower case: where a key comes in several cases, the last one counts, as in the original. */
function fieldsOf(value: unknown, path: string): Fields {
  if (value === null) return new Map();
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ReportProblem(`${path}: ${valueOf(value)}: expected an object`);
  }
  return new Map(Object.entries(value).map(([key, child]) => [key.toLowerCase(), child]));
}

function textAt(fields: Fields, key: string, path = key): string {
  const value = fields.get(key.toLowerCase()) ?? '';
  if (typeof value === 'string' && value.length <= TEXT_LENGTH_MAX) return value;
  throw new ReportProblem(`${path}: ${valueOf(value)}: expected a text of at most ${TEXT_LENGTH_MAX} characters`);
}

function nodeNameAt(fields: Fields, key: string): string {
  const name = textAt(fields, key);
  // An agent that was not told its node sends an empty name.
  if (name === '' || parseNodeName(name) !== null) return name;
  throw new ReportProblem(`${key}: ${valueOf(name)}: expected the name of a node`);
}

function numberAt(
  fields: Fields,
  key: string,
  {
    min = Number.MIN_SAFE_INTEGER,
    max = Number.MAX_SAFE_INTEGER,
    path = key,
  }: { min?: number; max?: number; path?: string } = {},
): number {
  const value = fields.get(key.toLowerCase()) ?? 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new ReportProblem(`${path}: ${valueOf(value)}: expected a whole number from ${min} to ${max}`);
}

function timeAt(fields: Fields, key: string): string {
  const value = fields.get(key) ?? null;
  if (value === null) return ZERO_TIME;
  const time = typeof value === 'string' ? parseGoTime(value) : null;
  if (time === null) throw new ReportProblem(`${key}: ${valueOf(value)}: expected a time such as 2026-01-31T14:05:09Z`);
  return time;
}

function addressesAt(fields: Fields, key: string): AddressLists {
  const value = fields.get(key) ?? null;
  if (value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ReportProblem(`${key}: ${valueOf(value)}: expected an object of lists`);
  }
  const entries = Object.entries(value);
  if (entries.length > LISTS_MAX)
    throw new ReportProblem(`${key}: ${entries.length} lists: expected at most ${LISTS_MAX}`);
  return Object.fromEntries(entries.map(([name, list]) => [name, addressList(list, `${key}.${name.slice(0, 80)}`)]));
}

function addressList(value: unknown, path: string): readonly string[] | null {
  if (value === null) return null;
  const list: readonly unknown[] | null = Array.isArray(value) ? value : null;
  if (list !== null && list.length <= ADDRESSES_MAX && list.every(isAddress)) return list;
  throw new ReportProblem(`${path}: ${valueOf(value)}: expected a list of at most ${ADDRESSES_MAX} texts`);
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_LENGTH_MAX;
}

function listAt(fields: Fields, key: string, max: number): readonly unknown[] | null {
  const value = fields.get(key) ?? null;
  if (value === null) return null;
  if (!Array.isArray(value)) throw new ReportProblem(`${key}: ${valueOf(value)}: expected a list`);
  const list: readonly unknown[] = value;
  if (list.length > max) throw new ReportProblem(`${key}: ${list.length} probes: expected at most ${max}`);
  return list;
}

function httpProbe(value: unknown, index: number): HttpProbe {
  const place = `network_probes.${index}`;
  const fields = fieldsOf(value, place);
  const number = (key: string) => numberAt(fields, key, { path: `${place}.${key}` });
  return {
    URL: textAt(fields, 'URL', `${place}.URL`),
    ConnectionResult: number('ConnectionResult'),
    HTTPCode: number('HTTPCode'),
    Total: number('Total'),
    ContentTransfer: number('ContentTransfer'),
    TCPConnection: number('TCPConnection'),
    DNSLookup: number('DNSLookup'),
    Connect: number('Connect'),
    ServerProcessing: number('ServerProcessing'),
  };
}

function tcpProbe(value: unknown, index: number): TcpProbe {
  const place = `tcp_probes.${index}`;
  const fields = fieldsOf(value, place);
  return { target: textAt(fields, 'target', `${place}.target`), ...outcomeOf(fields, place) };
}

function dnsProbe(value: unknown, index: number): DnsProbe {
  const place = `dns_probes.${index}`;
  const fields = fieldsOf(value, place);
  const { ok, ms, error } = outcomeOf(fields, place);
  const addresses = addressList(fields.get('addresses') ?? null, `${place}.addresses`) ?? [];
  return { name: textAt(fields, 'name', `${place}.name`), ok, ms, addresses, error };
}

function outcomeOf(fields: Fields, place: string): Pick<TcpProbe, 'ok' | 'ms' | 'error'> {
  const ok = fields.get('ok');
  if (typeof ok !== 'boolean') throw new ReportProblem(`${place}.ok: ${valueOf(ok)}: expected true or false`);
  const error = fields.get('error') ?? null;
  return {
    ok,
    ms: numberAt(fields, 'ms', { min: 0, path: `${place}.ms` }),
    error: error === null ? null : textAt(fields, 'error', `${place}.error`),
  };
}
