/** Counts and times of probes of every kind. */

import { expect, test } from '@jest/globals';
import { type AgentReport, NOT_MEASURED_MS } from '../../contracts/connectivity/agent-report.ts';
import { HTTP_PROBE } from '../../tests/fixtures/probes.ts';
import { summarizeProbes } from './probe-summary.ts';

const REPORT: AgentReport = {
  report_interval: 60,
  nodename: 'n',
  podname: 'a',
  hostdate: '',
  uptime: 1,
  nslookup: null,
  ips: null,
  network_probes: null,
};
const HTTP = { ...HTTP_PROBE, HTTPCode: 500 };

function summaryOf(reports: readonly AgentReport[]) {
  return summarizeProbes({
    *reports() {
      for (const report of reports) yield { name: 'a', report, lastUpdatedMs: 0, reportCount: 1, missCount: 0 };
    },
  });
}

test('counts each kind by itself, and takes the times of the successful ones', async () => {
  const unmeasured = { ...HTTP, Total: NOT_MEASURED_MS, ContentTransfer: NOT_MEASURED_MS };
  const network = { ...REPORT, network_probes: [HTTP, unmeasured, { ...HTTP, ConnectionResult: 0 }] };
  const own = {
    ...REPORT,
    tcp_probes: [{ target: 'x:1', ok: false, ms: 8, error: 'refused' }],
    dns_probes: [{ name: 'x', ok: true, ms: 4, addresses: [], error: null }],
  };
  const { http, tcp, dns } = await summaryOf([network, own, REPORT]);
  expect([http.ok, http.failed, http.quantileMs(0.5), http.quantileMs(0.99)]).toEqual([2, 1, 5, 9]);
  expect([tcp.ok, tcp.failed, tcp.quantileMs(0.5)]).toEqual([0, 1, null]);
  expect([dns.ok, dns.failed, dns.quantileMs(0.5)]).toEqual([1, 0, 4]);
});
