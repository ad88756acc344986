/** Writes JSON byte for byte as the original does: fields in its order, maps sorted, `<`, `>` and `&` escaped. */

import type { AddressLists } from '../../contracts/connectivity/agent-report.ts';
import type { Probe } from '../../contracts/connectivity/probes.ts';
import { jsonPieces } from '../api/json-list.ts';
import type { AgentRecord } from '../stores/report-store.ts';
import { formatGoTime } from './go-time.ts';

/** As the original answers for one agent; the probes that it does not know are left out. */
export function recordJson({ report, lastUpdatedMs }: AgentRecord): string {
  return object([
    ['report_interval', String(report.report_interval)],
    ['nodename', goText(report.nodename)],
    ['podname', goText(report.podname)],
    ['hostdate', goText(report.hostdate)],
    ['uptime', String(report.uptime)],
    ['last_updated', goText(formatGoTime(lastUpdatedMs))],
    ['nslookup', addressLists(report.nslookup)],
    ['network_probes', list(report.network_probes, httpProbe)],
    ['ips', addressLists(report.ips)],
  ]);
}

/** All of them by name, in pieces; an agent that is removed meanwhile is left out. */
export function recordsJson(
  names: readonly string[],
  recordOf: (name: string) => AgentRecord | undefined,
): AsyncIterable<string> {
  return jsonPieces(['{', '}'], names.toSorted(compareBytes), (name) => {
    const record = recordOf(name);
    return record === undefined ? null : `${goText(name)}:${recordJson(record)}`;
  });
}

/** The answer to a connectivity check. A list is null where the original has none. */
export function checkJson(check: {
  readonly message: string;
  readonly absent: readonly string[] | null;
  readonly outdated: readonly string[] | null;
}): string {
  return object([
    ['Message', goText(check.message)],
    ['Absent', list(check.absent, goText)],
    ['Outdated', list(check.outdated, goText)],
  ]);
}

/** A lone surrogate becomes U+FFFD, as Go reads it. */
function goText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(ESCAPED, escapeOf);
}

/** Go escapes these, JavaScript does not. */
const ESCAPED = /[<>&\u2028\u2029]/g;

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function addressLists(lists: AddressLists): string {
  if (lists === null) return 'null';
  const sorted = Object.entries(lists).sort(([one], [other]) => compareBytes(one, other));
  return object(sorted.map(([name, addresses]) => [name, list(addresses, goText)]));
}

/** In the order of the original. */
const PROBE_NUMBERS = [
  'ConnectionResult',
  'HTTPCode',
  'Total',
  'ContentTransfer',
  'TCPConnection',
  'DNSLookup',
  'Connect',
  'ServerProcessing',
] as const;

function httpProbe(probe: Probe<'http'>): string {
  const numbers = PROBE_NUMBERS.map((name): [string, string] => [name, String(probe[name])]);
  return object([['URL', goText(probe.URL)], ...numbers]);
}

function list<T>(values: readonly T[] | null, write: (value: T) => string): string {
  return values === null ? 'null' : `[${values.map(write).join(',')}]`;
}

function object(entries: readonly (readonly [string, string])[]): string {
  return `{${entries.map(([name, value]) => `${goText(name)}:${value}`).join(',')}}`;
}

/** Go sorts by bytes; for these two the order of UTF-16 units differs only beyond the basic plane. */
function compareBytes(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
