/** JSON and times as Go writes them. */

import { expect, test } from '@jest/globals';
import type { AgentReport } from '../../contracts/connectivity/agent-report.ts';
import { checkJson, recordJson, recordsJson } from './go-json.ts';
import { formatGoTime, parseGoTime } from './go-time.ts';

const REPORT: AgentReport = {
  report_interval: 60,
  nodename: 'n',
  podname: 'a',
  hostdate: '2026-11-22T07:00:00Z',
  uptime: 5,
  nslookup: {
    b: ['1'],
    a: null,
    c: [],
  },
  network_probes: null,
  ips: {},
};
const record = (change: Partial<AgentReport> = {}) => ({
  name: 'a',
  report: {
    ...REPORT,
    ...change,
  },
  lastUpdatedMs: 1e3,
  reportCount: 1,
  missCount: 0,
});

test('fields have the order of the original, maps are sorted, and null differs from empty', () => {
  expect(recordJson(record())).toBe(
    '{"report_interval":60,"nodename":"n","podname":"a","hostdate":"2026-11-22T07:00:00Z","uptime":5,' +
      '"last_updated":"1970-01-01T00:00:01Z","nslookup":{"a":null,"b":["1"],"c":[]},"network_probes":null,"ips":{}}',
  );
});

test('probes that the original does not know are left out', () => {
  expect(recordJson(record({ tcp_probes: [], dns_probes: [] }))).toBe(recordJson(record()));
});

test('characters of HTML markup are escaped, and a lone surrogate is replaced', () => {
  expect(recordJson(record({ ips: { '<&>\u2028': ['\ud800"\\'] } }))).toContain(
    String.raw`"ips":{"\u003c\u0026\u003e\u2028":["` + '\ufffd' + String.raw`\"\\"]}`,
  );
});

test('agents are sorted by name, without those that are gone, and long lists come in pieces', async () => {
  const textOf = async (names: readonly string[]) => (await piecesOf(recordsJson(names, find))).join('');
  const find = (name: string) => (name === 'gone' ? undefined : { ...record(), name });
  expect(Object.keys(JSON.parse(await textOf(['gone', 'b', 'a'])) as object)).toEqual(['a', 'b']);
  expect(await textOf([])).toBe('{}');
  expect(await textOf(['gone'])).toBe('{}');
  const many = Array.from({ length: 1_000 }, (_, index) => `agent-${index + 1_000}`);
  const pieces = await piecesOf(recordsJson(many, find));
  expect(pieces.length).toBeGreaterThan(5);
  expect(Object.keys(JSON.parse(pieces.join('')) as object)).toEqual(many);
});

test('the lists of a check may be null', () => {
  const message = 'm';
  expect(checkJson({ message, absent: null, outdated: [] })).toBe('{"Message":"m","Absent":null,"Outdated":[]}');
});

test.each([
  ['2026-11-22T07:00:00Z', '2026-11-22T07:00:00Z'],
  ['2026-11-22T07:00:00.120Z', '2026-11-22T07:00:00.12Z'],
  ['2026-11-22T07:00:00.000Z', '2026-11-22T07:00:00Z'],
  ['2026-11-22T07:00:00.123456789123Z', '2026-11-22T07:00:00.123456789Z'],
  ['2026-11-22T07:00:00+00:00', '2026-11-22T07:00:00Z'],
  ['2026-11-22T07:00:00-05:30', '2026-11-22T07:00:00-05:30'],
  ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
  ['2026-02-29T00:00:00Z', null],
  ['2026-13-01T00:00:00Z', null],
  ['2026-00-01T00:00:00Z', null],
  ['2026-11-31T00:00:00Z', null],
  ['2026-11-22T24:00:00Z', null],
  ['2026-11-22T07:60:00Z', null],
  ['2026-11-22T07:00:60Z', null],
  ['2026-11-22 07:00:00Z', null],
  ['2026-11-22T07:00:00', null],
  ['2026-11-22T07:00:00+24:00', null],
  ['yesterday', null],
])('the time %s is read as %s', (value, expected) => {
  expect(parseGoTime(value)).toBe(expected);
});

test.each([
  [0, '1970-01-01T00:00:00Z'],
  [10, '1970-01-01T00:00:00.01Z'],
  [100, '1970-01-01T00:00:00.1Z'],
  [10_000, '1970-01-01T00:00:10Z'],
  [123, '1970-01-01T00:00:00.123Z'],
])('%i ms is written as %s', (ms, expected) => {
  expect(formatGoTime(ms)).toBe(expected);
});

async function piecesOf(page: AsyncIterable<string>): Promise<readonly string[]> {
  const pieces: string[] = [];
  for await (const piece of page) pieces.push(piece);
  return pieces;
}
