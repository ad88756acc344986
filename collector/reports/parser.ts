/**
 * Parses the body of a report, as the original's JSON decoder would. Unknown keys are passed over, a missing or null
 * field has its zero value, and the case of a key does not matter. The original answered 500 to what is a problem here.
 */

import { isUtf8 } from 'node:buffer';

import type { AddressLists, AgentReport } from '../../contracts/connectivity/agent-report.ts';
import { hostFactsIn } from '../../contracts/connectivity/host-facts.ts';
import {
  type FieldKind,
  type FieldValues,
  OWN_PROBE_KINDS,
  ownProbeLists,
  PROBES,
  type Probe,
  type ProbeKind,
} from '../../contracts/connectivity/probes.ts';
import type { ProcessesReport } from '../../contracts/connectivity/processes.ts';
import { parseProcesses } from '../../contracts/connectivity/processes-parser.ts';
import { ownMessageOf } from '../../domain/error-message.ts';
import { parseNodeName } from '../../domain/node/identity.ts';
import { parseGoTime, ZERO_TIME } from '../netchecker/go-time.ts';

/** A host with hundreds of pods has as many interfaces. */
const LISTS_MAX = 1_024;
const ADDRESSES_MAX = 64;
const TEXT_LENGTH_MAX = 2_048;
/** Characters that are shown of a wrong value. */
const SHOWN_LENGTH_MAX = 80;
/** Days in seconds, a year and more: more is no interval. */
const INTERVAL_SECONDS_MAX = 31_536_000;

export interface ReportLimits {
  readonly probesMax: number;
}

/** What is wrong with a report: answered with status 400, nothing is changed. */
export class ReportProblem extends Error {
  override readonly name = 'ReportProblem';
}

/** Throws `ReportProblem`. */
export function parseReport(body: Buffer, name: string, limits: ReportLimits): AgentReport {
  const fields = fieldsOf(parseJson(body), 'the report');
  const podname = textAt(fields, 'podname');
  if (podname !== name)
    throw new ReportProblem(`podname: ${valueOf(podname)}: expected the name in the address, ${name}`);
  const probes = (kind: ProbeKind) => listAt(fields, PROBES[kind].list, limits.probesMax);
  const own = new Map(OWN_PROBE_KINDS.map((kind) => [kind, probes(kind)]));
  return {
    report_interval: numberAt(fields, 'report_interval', { min: 0, max: INTERVAL_SECONDS_MAX }),
    nodename: nodeNameAt(fields, 'nodename'),
    podname,
    hostdate: timeAt(fields, 'hostdate'),
    uptime: numberAt(fields, 'uptime', { min: 0 }),
    nslookup: addressesAt(fields, 'nslookup'),
    network_probes: probes('http')?.map(probeOf('http')) ?? null,
    ips: addressesAt(fields, 'ips'),
    ...ownProbeLists((kind) => own.get(kind)?.map(probeOf(kind)) ?? null),
    ...processesAt(fields),
    ...hostFactsIn(fields.get('host')),
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
  // An agent that does not know its node sends an empty name.
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

const READERS: { readonly [Kind in FieldKind]: (fields: Fields, key: string, path: string) => FieldValues[Kind] } = {
  text: textAt,
  'text-or-null': (fields, key, path) => (isNull(fields, key) ? null : textAt(fields, key, path)),
  texts: (fields, key, path) => addressList(fields.get(key.toLowerCase()) ?? null, path) ?? [],
  flag: flagAt,
  'whole-number': (fields, key, path) => numberAt(fields, key, { path }),
  milliseconds: (fields, key, path) => numberAt(fields, key, { min: 0, path }),
};

function probeOf<Kind extends ProbeKind>(kind: Kind): (value: unknown, index: number) => Probe<Kind> {
  const { list, fields } = PROBES[kind];
  return (value, index) => {
    const place = `${list}.${index}`;
    const found = fieldsOf(value, place);
    const read = Object.entries<FieldKind>(fields).map(([key, of]) => [
      key,
      READERS[of](found, key, `${place}.${key}`),
    ]);
    return Object.fromEntries(read) as Probe<Kind>;
  };
}

function processesAt(fields: Fields): { readonly processes?: ProcessesReport } {
  const value = fields.get('processes') ?? null;
  if (value === null) return {};
  const read = parseProcesses(value);
  if (!read.ok) throw new ReportProblem(read.problems.join('; '));
  return { processes: read.value };
}

function isNull(fields: Fields, key: string): boolean {
  return (fields.get(key.toLowerCase()) ?? null) === null;
}

function flagAt(fields: Fields, key: string, path: string): boolean {
  const flag = fields.get(key.toLowerCase());
  if (typeof flag === 'boolean') return flag;
  throw new ReportProblem(`${path}: ${valueOf(flag)}: expected true or false`);
}

/** The beginning of a value as JSON. */
function valueOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value).slice(0, SHOWN_LENGTH_MAX);
}
