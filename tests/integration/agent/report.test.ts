/** What a running agent reports, and when. */

import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Probe } from '../../../contracts/connectivity/probes.ts';
import { AGENT_ENVIRONMENT, type AgentProcess, startAgent } from './agent-process.ts';
import { startCollector, type TestCollector } from './test-collector.ts';

const SERVER_TIME_MS = 600;
const TRANSFER_TIME_MS = 400;

let collector: TestCollector;
let agent: AgentProcess | null = null;

beforeEach(async () => {
  collector = await startCollector({
    onRequest(request, answer) {
      if (request.url !== '/slow') {
        answer.writeHead(request.url === '/teapot' ? 418 : 200).end();
        return;
      }
      setTimeout(() => {
        answer.write('the first part');
        setTimeout(() => answer.end('the second part'), TRANSFER_TIME_MS);
      }, SERVER_TIME_MS);
    },
  });
});
afterEach(async () => {
  await agent?.stop('SIGKILL');
  agent = null;
  await collector.stop();
});

test('a report says who, when, from where, and what its probes found, the collector last', async () => {
  const urls = [`http://localhost:${collector.port}/slow`, 'http://127.0.0.1:9/', `http://${collector.address}/teapot`];
  agent = startAgent({
    args: [`-serverendpoint=localhost:${collector.port}`, '-reportinterval', '60', `-probeurls=${urls.join(';')}`],
  });
  const { path, headers, report } = await collector.reported(1);
  expect(path).toBe('/api/v1/agents/agent-1');
  expect(headers).toMatchObject({ 'content-type': 'application/json', connection: 'close' });
  expect(headers['content-length']).toBe(String(JSON.stringify(report).length));
  expect(headers).not.toHaveProperty('authorization');
  expect(Object.keys(report)).toEqual(
    'report_interval nodename podname hostdate uptime nslookup ips network_probes zero_extender'.split(' '),
  );
  expect(report).toMatchObject({ report_interval: 60, nodename: 'node-1', podname: 'agent-1' });
  expect(Math.abs(Date.parse(report.hostdate) - Date.now())).toBeLessThan(60_000);
  expect(Number.isInteger(report.uptime) && report.uptime > 0).toBe(true);
  expect(report.nslookup).toEqual({ localhost: expect.arrayContaining(['127.0.0.1']) });
  expect(report.zero_extender).toEqual(Array.from({ length: 1_500 }, () => 0));
  const names = Object.keys(networkInterfaces()).toSorted();
  expect(Object.keys(report.ips ?? {})).toEqual(names);
  for (const address of Object.values(report.ips ?? {}).flatMap((list) => list ?? [])) {
    expect(address).toMatch(/^(\d+\.\d+\.\d+\.\d+\/\d{1,2}|[0-9a-f:]+\/\d{1,3})$/);
  }
  const probes = report.network_probes ?? [];
  expect(probes.map(({ URL, HTTPCode, ConnectionResult }) => [URL, HTTPCode, ConnectionResult])).toEqual([
    [urls[0], 200, 1],
    [urls[1], 0, 0],
    [urls[2], 418, 1],
    [`http://localhost:${collector.port}/api/v1/ping`, 200, 1],
  ]);
  for (const probe of probes) expectTimesFit(probe);
  // Either program may be late with a part of it on a busy machine: most of the time is where it was spent.
  expect(probes[0]?.ServerProcessing).toBeGreaterThan(SERVER_TIME_MS / 2);
  expect(probes[0]?.ContentTransfer).toBeGreaterThan(TRANSFER_TIME_MS / 2);
});

function expectTimesFit(probe: Probe<'http'>): void {
  const { Total, ContentTransfer, TCPConnection, DNSLookup, Connect, ServerProcessing } = probe;
  for (const ms of [Total, ContentTransfer, TCPConnection, DNSLookup, Connect, ServerProcessing]) {
    expect(Number.isInteger(ms) && ms >= 0 && ms < 60_000).toBe(true);
  }
  expect(Total).toBeGreaterThanOrEqual(Connect + ServerProcessing + ContentTransfer);
  expect(Connect).toBeGreaterThanOrEqual(TCPConnection + DNSLookup);
  // Each is rounded down by itself.
  expect(Connect).toBeLessThanOrEqual(TCPConnection + DNSLookup + 1);
}

test('every probe has a connection of its own', async () => {
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`, '-reportinterval=1', '-zeroextenderlength=0'] });
  await collector.reported(3);
  const ports = collector.requests.map(({ socket }) => socket);
  expect(collector.requests.length).toBeGreaterThanOrEqual(3);
  expect(new Set(ports).size).toBe(ports.length);
  expect(collector.requests.map(({ headers }) => headers.connection)).not.toContain('keep-alive');
});

test('the first report does not wait for an interval, and the next ones keep the interval', async () => {
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`, '-reportinterval=2'] });
  await collector.reported(4);
  const dates = collector.reports.map(({ report }) => Date.parse(report.hostdate));
  const started = agent.log().find(({ msg }) => msg === 'starting agent');
  const startedMs = Date.parse(String(started?.['time']));
  // Five intervals would be ten seconds: without the first sleep, and without drift, they are six and a bit.
  expect((dates[3] ?? 0) - startedMs).toBeLessThan(10_000);
  expect((dates[3] ?? 0) - (dates[0] ?? 0)).toBeGreaterThan(4_000);
});

test('TCP and DNS probes are reported when they are configured, with what failed and why', async () => {
  const tcp = `127.0.0.1:9,localhost:${collector.port},nowhere.invalid:80`;
  agent = startAgent({
    args: [`-serverendpoint=${collector.address}`, '-tcpprobes', tcp, '-dnsprobes=localhost,nowhere.invalid'],
  });
  const { report } = await collector.reported(1);
  const ms = expect.any(Number);
  expect(report.tcp_probes).toEqual([
    { target: '127.0.0.1:9', ok: false, ms, error: expect.stringContaining('ECONNREFUSED') },
    { target: `localhost:${collector.port}`, ok: true, ms, error: null },
    { target: 'nowhere.invalid:80', ok: false, ms, error: expect.stringContaining('nowhere.invalid') },
  ]);
  expect(report.dns_probes).toEqual([
    { name: 'localhost', ok: true, ms, addresses: expect.arrayContaining(['127.0.0.1']), error: null },
    { name: 'nowhere.invalid', ok: false, ms, addresses: [], error: expect.stringContaining('nowhere.invalid') },
  ]);
});

test('the names of pod and node go out as they are, that of the pod encoded in the path', async () => {
  const env = { ...AGENT_ENVIRONMENT, MY_POD_NAME: 'a/b c', MY_NODE_NAME: 'node.one' };
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`], env });
  const { path, report } = await collector.reported(1);
  expect(path).toBe('/api/v1/agents/a%2Fb%20c');
  expect(report).toMatchObject({ podname: 'a/b c', nodename: 'node.one' });
});
