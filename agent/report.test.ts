/** The report beside one that the original agent was recorded to send. */

import { expect, test } from '@jest/globals';
import type { ProbeFindings } from './probing.ts';
import { reportOf } from './report.ts';

/** Sent by k8s-netchecker-agent with three probes, the second of which was refused; two of its twenty zeros. */
const RECORDED: unknown = JSON.parse(
  '{"report_interval":5,"nodename":"peer-lin-0001","podname":"netchecker-agent-a1","hostdate":"2026-11-22T07:02:38.480658098Z","uptime":2560,"nslookup":{"127.0.0.1":["127.0.0.1"]},"ips":{"eth0":["192.0.2.2/24","fd00::2/64","fe80::fc:ff:fe00:1/64"],"lo":["127.0.0.1/8","::1/128"]},"network_probes":[{"URL":"http://127.0.0.1:18081/metrics","ConnectionResult":1,"HTTPCode":200,"Total":9223372036854,"ContentTransfer":9223372036854,"TCPConnection":0,"DNSLookup":0,"Connect":0,"ServerProcessing":4},{"URL":"http://127.0.0.1:1/","ConnectionResult":0,"HTTPCode":0,"Total":9223372036854,"ContentTransfer":0,"TCPConnection":0,"DNSLookup":0,"Connect":0,"ServerProcessing":0},{"URL":"http://127.0.0.1:18090/api/v1/ping","ConnectionResult":1,"HTTPCode":200,"Total":9223372036854,"ContentTransfer":9223372036854,"TCPConnection":0,"DNSLookup":0,"Connect":0,"ServerProcessing":2}],"zero_extender":[0,0]}',
);

const times = { TCPConnection: 1, DNSLookup: 2, Connect: 3, ServerProcessing: 4 };
const findings: ProbeFindings = {
  nslookup: { '127.0.0.1': ['127.0.0.1'] },
  probes: {
    http: ['http://127.0.0.1:18081/metrics', 'http://127.0.0.1:1/', 'http://127.0.0.1:18090/api/v1/ping'].map(
      (URL) => ({
        URL,
        ConnectionResult: 1,
        HTTPCode: 200,
        Total: 9,
        ContentTransfer: 2,
        ...times,
      }),
    ),
    tcp: [],
    dns: [],
  },
};
const facts = {
  intervalSeconds: 5,
  nodeName: 'peer-lin-0001',
  podName: 'netchecker-agent-a1',
  nowMs: Date.UTC(2026, 10, 22, 7, 2, 38, 480),
  uptimeSeconds: 2_560,
  interfaces: { eth0: ['192.0.2.2/24', 'fd00::2/64', 'fe80::fc:ff:fe00:1/64'], lo: ['127.0.0.1/8', '::1/128'] },
  findings,
  processes: null,
  host: null,
  zeroExtenderLength: 2,
};

/** Keys in their order, and types instead of values. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]);
}

test('has the keys of the recorded report, in its order, with its types', () => {
  expect(shapeOf(JSON.parse(JSON.stringify(reportOf(facts))))).toEqual(shapeOf(RECORDED));
});

test('differs from the recorded report in times alone', () => {
  const withoutTimes = (report: unknown) =>
    JSON.stringify(report, (key, value: unknown) =>
      /^(hostdate|Total|ContentTransfer|TCPConnection|DNSLookup|Connect|ServerProcessing)$/.test(key) ? 0 : value,
    );
  const ours = withoutTimes(reportOf(facts)).split('"URL":"http://127.0.0.1:1/","ConnectionResult":1,"HTTPCode":200');
  expect(ours.join('"URL":"http://127.0.0.1:1/","ConnectionResult":0,"HTTPCode":0')).toBe(withoutTimes(RECORDED));
});

test('the date is RFC 3339 in UTC', () => {
  expect(reportOf(facts).hostdate).toBe('2026-11-22T07:02:38.480Z');
});

test('TCP and DNS probes are there only when there are any, before the zeros', () => {
  const tcp = [{ target: 'db:5432', ok: true, ms: 1, error: null }];
  const dns = [{ name: 'db', ok: false, ms: 1, addresses: [], error: 'getaddrinfo ENOTFOUND db' }];
  const report = reportOf({ ...facts, findings: { ...findings, probes: { ...findings.probes, tcp, dns } } });
  expect(Object.keys(report).slice(-4)).toEqual(['network_probes', 'tcp_probes', 'dns_probes', 'zero_extender']);
  expect(report).toMatchObject({ tcp_probes: tcp, dns_probes: dns });
});

test('processes are there only where they are read, before the zeros', () => {
  const processes = { containers: [], omitted: 0, problem: null };
  const report = reportOf({ ...facts, processes });
  expect(Object.keys(report).slice(-2)).toEqual(['processes', 'zero_extender']);
  expect(report.processes).toEqual(processes);
});

test('interfaces that cannot be listed are null, and the zero extender may be empty', () => {
  expect(JSON.parse(JSON.stringify(reportOf({ ...facts, interfaces: null, zeroExtenderLength: 0 })))).toMatchObject({
    ips: null,
    zero_extender: [],
  });
});
