/** What a store may hold: records of this version, of others, and what is none. */

import { expect, test } from '@jest/globals';
import { HTTP_PROBE } from '../../tests/fixtures/probes.ts';
import { parseRecordText } from './stored-record.ts';

const TCP = { target: 'x:1', ok: false, ms: 1.5, error: 'refused' };
const DNS = { name: 'x', ok: true, ms: 4, addresses: ['192.0.2.1'], error: null };

function textWith(report: object): string {
  const head = { report_interval: 60, nodename: 'n', podname: 'a', hostdate: '', uptime: 1, nslookup: null, ips: null };
  const whole = { ...head, network_probes: null, ...report };
  return JSON.stringify({ name: 'a', report: whole, lastUpdatedMs: 1, reportCount: 1, missCount: 0 });
}

test.each([
  {},
  { network_probes: [] },
  { network_probes: [HTTP_PROBE], tcp_probes: [TCP], dns_probes: [DNS] },
  { tcp_probes: [{ ...TCP, newer: 1 }] },
])('a report with %j is read as it is', (report) => {
  expect(parseRecordText(textWith(report), 'a')).toEqual(JSON.parse(textWith(report)));
});

test.each([
  [{ network_probes: 5 }, 'report.network_probes: '],
  [{ network_probes: [{ ...HTTP_PROBE, URL: 5 }] }, 'report.network_probes.0.URL: '],
  [{ network_probes: [{ ...HTTP_PROBE, Total: '9' }] }, 'report.network_probes.0.Total: '],
  [{ tcp_probes: null }, 'report.tcp_probes: '],
  [{ tcp_probes: [{ ...TCP, ok: 1 }] }, 'report.tcp_probes.0.ok: '],
  [{ tcp_probes: [{ ...TCP, error: undefined }] }, 'report.tcp_probes.0.error: '],
  [{ dns_probes: [{ ...DNS, addresses: [1] }] }, 'report.dns_probes.0.addresses.0: '],
])('a report with %j is none', (report, problem) => {
  expect(() => parseRecordText(textWith(report), 'a')).toThrow(problem);
});
