/** Reports as the original's JSON decoder takes them, and what is wrong with others. */

import { expect, test } from '@jest/globals';
import { parseReport, ReportProblem } from './parser.ts';

const parse = (body: unknown, name = 'a') =>
  parseReport(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), name, { probesMax: 3 });
const problemOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof ReportProblem) return error.message;
    throw error;
  }
  throw new Error('it was taken');
};

test('missing and null fields have their zero values, unknown ones are passed over', () => {
  const zero = {
    report_interval: 0,
    nodename: '',
    podname: 'a',
    hostdate: '0001-01-01T00:00:00Z',
    uptime: 0,
    nslookup: null,
    network_probes: null,
    ips: null,
  };
  expect(parse({ podname: 'a' })).toEqual(zero);
  const nulls = Object.fromEntries(Object.keys(zero).map((key) => [key, null]));
  expect(parse({ ...nulls, podname: 'a', zero_extender: [0], other: {} })).toEqual(zero);
});

test('the case of a key does not matter, the last of several counts', () => {
  expect(
    parse('{"PODNAME":"b","podname":"a","UpTime":7,"Network_Probes":[{"url":"http://x","httpcode":200}]}'),
  ).toMatchObject({
    podname: 'a',
    uptime: 7,
    network_probes: [{ URL: 'http://x', HTTPCode: 200, Total: 0 }],
  });
});

test('null is kept apart from empty', () => {
  const report = parse({ podname: 'a', nslookup: { x: null, y: [] }, ips: {}, network_probes: [] });
  expect(report).toMatchObject({ nslookup: { x: null, y: [] }, ips: {}, network_probes: [] });
});

test('a key __proto__ is data', () => {
  const report = parse('{"podname":"a","ips":{"__proto__":["10.0.0.1"]},"__proto__":{"uptime":5}}');
  expect(Object.entries(report.ips ?? {})).toEqual([['__proto__', ['10.0.0.1']]]);
  expect(report.uptime).toBe(0);
});

test('what the original agent reports as not measured is taken', () => {
  const probe = { URL: 'http://x', Total: 9_223_372_036_854, ContentTransfer: 9_223_372_036_854 };
  expect(parse({ podname: 'a', network_probes: [probe] }).network_probes).toMatchObject([probe]);
});

test('probes of our own agent are kept', () => {
  const tcp = { target: 'x:1', ok: false, ms: 3, error: 'refused' };
  const dns = { name: 'x', ok: true, ms: 1, addresses: ['10.0.0.1'], error: null };
  expect(parse({ podname: 'a', tcp_probes: [tcp], dns_probes: [dns] })).toMatchObject({
    tcp_probes: [tcp],
    dns_probes: [dns],
  });
});

const CONTAINER = 'a'.repeat(64);
const PROCESS = {
  name: 'scamper',
  uid: 65_534,
  gid: 65_534,
  effective: '2000',
  permitted: '2000',
  noNewPrivileges: false,
  seccomp: 2,
  userNamespace: false,
};
const containers = (...processes: readonly object[]) => [{ id: CONTAINER, processes, omitted: 0 }];

test('M50: processes of containers are kept, without keys of a newer agent, and a report without them has none', () => {
  const sent = { containers: containers({ ...PROCESS, newer: 1 }), omitted: 0, problem: null, newer: 1 };
  const kept = { containers: containers(PROCESS), omitted: 0, problem: null };
  expect(parse({ podname: 'a', processes: sent }).processes).toEqual(kept);
  expect(parse({ podname: 'a' })).not.toHaveProperty('processes');
  expect(parse({ podname: 'a', processes: null })).not.toHaveProperty('processes');
});

test.each([
  ['a list', [], 'processes: expected an object'],
  ['no list of containers', { omitted: 0, problem: null }, 'processes.containers: expected a list'],
  [
    'nine processes',
    { containers: containers(...Array.from({ length: 9 }, () => PROCESS)), omitted: 0, problem: null },
    'processes.containers[0].processes: expected at most 8',
  ],
  [
    'an id that is none',
    { containers: [{ id: '../x', processes: [], omitted: 0 }], omitted: 0, problem: null },
    'processes.containers[0].id',
  ],
  [
    'a mask that is none',
    { containers: containers({ ...PROCESS, effective: '0x' }), omitted: 0, problem: null },
    'effective: expected hexadecimal digits',
  ],
  [
    'a uid below zero',
    { containers: containers({ ...PROCESS, uid: -1 }), omitted: 0, problem: null },
    'uid: expected a whole number',
  ],
])('M52: processes with %s are refused', (_, processes, problem) => {
  expect(problemOf(() => parse({ podname: 'a', processes }))).toContain(problem);
});

test.each([
  ['', 'the body: expected JSON'],
  ['some text', 'the body: expected JSON'],
  ['{"podname":"a"', 'the body: expected JSON'],
  ['[]', 'the report: a list of 0: expected an object'],
  ['"text"', 'the report: "text": expected an object'],
  ['null', 'podname: "": expected the name in the address, a'],
  ['{}', 'podname: "": expected the name in the address, a'],
  ['{"podname":"b"}', 'podname: "b": expected the name in the address, a'],
  ['{"podname":7}', 'podname: 7: expected a text'],
  ['{"podname":"a","report_interval":"60"}', 'report_interval: "60": expected a whole number'],
  ['{"podname":"a","report_interval":-1}', 'report_interval: -1: expected a whole number'],
  ['{"podname":"a","report_interval":1.5}', 'report_interval: 1.5: expected a whole number'],
  ['{"podname":"a","uptime":-1}', 'uptime: -1: expected a whole number'],
  ['{"podname":"a","uptime":1e300}', 'uptime: 1e+300: expected a whole number'],
  ['{"podname":"a","hostdate":"yesterday"}', 'hostdate: "yesterday": expected a time'],
  ['{"podname":"a","hostdate":5}', 'hostdate: 5: expected a time'],
  ['{"podname":"a","nodename":"a/b"}', 'nodename: "a/b": expected the name of a node'],
  ['{"podname":"a","ips":[]}', 'ips: a list of 0: expected an object of lists'],
  ['{"podname":"a","ips":{"lo":"x"}}', 'ips.lo: "x": expected a list'],
  ['{"podname":"a","ips":{"lo":[1]}}', 'ips.lo: a list of 1: expected a list'],
  ['{"podname":"a","network_probes":{}}', 'network_probes: an object: expected a list'],
  ['{"podname":"a","network_probes":[{},{},{},{}]}', 'network_probes: 4 probes: expected at most 3'],
  ['{"podname":"a","network_probes":[{"URL":5}]}', 'network_probes.0.URL: 5: expected a text'],
  ['{"podname":"a","network_probes":[{"Total":"5"}]}', 'network_probes.0.Total: "5": expected a whole number'],
  ['{"podname":"a","network_probes":["x"]}', 'network_probes.0: "x": expected an object'],
  ['{"podname":"a","tcp_probes":[{"target":"x"}]}', 'tcp_probes.0.ok: nothing: expected true or false'],
])('%s is refused: %s', (body, problem) => {
  expect(problemOf(() => parse(body))).toContain(problem);
});

test('a body that is not UTF-8 is refused', () => {
  expect(problemOf(() => parseReport(Buffer.from([0x7b, 0xff, 0x7d]), 'a', { probesMax: 1 }))).toContain('UTF-8');
});

test('deep nesting is refused or passed over, whatever its depth', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  expect(parse(`{"podname":"a","other":${deep}}`).podname).toBe('a');
  expect(problemOf(() => parse(`{"podname":"a","network_probes":${deep}}`))).toContain('network_probes.0');
});

const SENTINEL = { state: 'present', changedMs: 1_780_000_000_000 };

test.each<[string, unknown, unknown]>([
  ['whole', { bootId: 'b-1', sentinel: SENTINEL }, { bootId: 'b-1', sentinel: SENTINEL }],
  [
    'what a newer agent adds',
    { bootId: 'b-1', newer: 1, sentinel: { ...SENTINEL, newer: 1 } },
    { bootId: 'b-1', sentinel: SENTINEL },
  ],
  ['nothing', {}, {}],
  [
    'what cannot be read',
    { bootId: null, sentinel: { state: 'unknown', changedMs: null } },
    { bootId: null, sentinel: { state: 'unknown', changedMs: null } },
  ],
  ['a boot id that is none', { bootId: 'b 1' }, { bootId: null }],
  [
    'a state of a newer agent',
    { sentinel: { state: 'maybe', changedMs: 1 } },
    { sentinel: { state: 'unknown', changedMs: null } },
  ],
  [
    'a file that is not there but has a time',
    { sentinel: { state: 'absent', changedMs: 1 } },
    { sentinel: { state: 'absent', changedMs: null } },
  ],
  [
    'a time that is none',
    { sentinel: { state: 'present', changedMs: '1' } },
    { sentinel: { state: 'present', changedMs: null } },
  ],
  ['a sentinel that is none', { sentinel: true }, { sentinel: { state: 'unknown', changedMs: null } }],
])('M43: of a host %s: what is not of the right kind is not known, and never present', (_what, host, expected) => {
  expect(parse({ podname: 'a', host }).host).toEqual(expected);
});

test.each([[[]], [null], ['x'], [7]])('M43: a host that is %j is none', (host) => {
  expect(parse({ podname: 'a', host })).not.toHaveProperty('host');
});
