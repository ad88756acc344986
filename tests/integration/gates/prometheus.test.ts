/** The gate of the alerts on a real Prometheus: what it does over minutes, a crash included. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { prometheusAlerts } from '../../../activities/maintenance/prometheus.ts';
import { type AlertVerdict, describeAlerts } from '../../../domain/maintenance/alert-gate.ts';
import { parseLabelMatcher } from '../../../domain/maintenance/label-matchers.ts';
import { createJsonClient, type JsonClient } from '../../../runtime/json-client.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { type PrometheusServer, startPrometheus } from '../alerts/prometheus-server.ts';

jest.setTimeout(480_000);

const WAIT_MS = 240_000;
const GRACE_MS = 20_000;
const MATCH = ['severity=~"critical|warning"'];

const alert = (name: string, expr: string, more: object = {}) => ({ alert: name, expr, ...more });
const WATCHDOG = alert('Watchdog', 'vector(1)', { labels: { severity: 'none' } });
const rules = (...heartbeat: readonly object[]) => ({
  groups: [
    {
      name: 'gate',
      rules: [
        ...heartbeat,
        alert('Fault', 'fault == 1', { labels: { severity: 'critical' } }),
        // They fire all the time, and do not count.
        alert('Note', 'vector(1)', { labels: { severity: 'info' } }),
        alert('InfoInhibitor', 'vector(1)', { labels: { severity: 'warning' } }),
        // Pending all the time (kured #393).
        alert('Slow', 'vector(1)', { for: '1h', labels: { severity: 'critical' } }),
      ],
    },
  ],
});

let fault = 0;
let exposition: Server;
let prometheus: PrometheusServer;
let client: JsonClient;

beforeAll(async () => {
  exposition = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/plain; version=0.0.4');
    answer.end(`# TYPE fault gauge\nfault ${fault}\n`);
  });
  await new Promise<void>((resolve) => exposition.listen(0, '127.0.0.1', resolve));
  const { port } = exposition.address() as AddressInfo;
  prometheus = await startPrometheus({
    interval: '5s',
    rules: rules(WATCHDOG),
    scrapeConfigs: [{ job_name: 'fault', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
  });
  client = createJsonClient({ url: prometheus.url, bodyBytesMax: 4_000_000 });
});

afterAll(async () => {
  await client?.close();
  await prometheus?.stop();
  exposition?.closeAllConnections();
  exposition?.close();
});

function look(sinceMs: number, match: readonly string[] = MATCH): Promise<AlertVerdict> {
  const matchers = match.flatMap((text) => parseLabelMatcher(text) ?? []);
  const rules = { match: matchers, ignore: ['InfoInhibitor'], heartbeat: 'Watchdog', restartGraceMs: GRACE_MS };
  const source = prometheusAlerts({ client, rules, startTime: null, now: Date.now });
  return new MockActivityEnvironment().run<[], AlertVerdict, () => Promise<AlertVerdict>>(() =>
    source.verdict(sinceMs, new AbortController().signal),
  );
}

/** Looks at the last minute until the verdict is of this kind. */
function untilLast(kind: AlertVerdict['kind'], words = /./): Promise<AlertVerdict> {
  let last: AlertVerdict | null = null;
  return waitUntil(
    async () => {
      last = await look(Date.now());
      return last.kind === kind && words.test(describeAlerts(last) ?? 'quiet') ? last : null;
    },
    { what: `the last minute to be ${kind}`, timeoutMs: WAIT_MS, explain: async () => JSON.stringify(last) },
  );
}

test('M34: unknown before there are minutes with the heartbeat, then quiet, whatever is pending, ignored or no match', async () => {
  expect(await look(Date.now())).toMatchObject({ kind: 'unknown' });
  expect(await untilLast('quiet')).toEqual({ kind: 'quiet' });
  const states = await prometheus.query('ALERTS');
  const stateOf = (name: string) => states.find(({ labels }) => labels['alertname'] === name)?.labels['alertstate'];
  expect(['Slow', 'Note', 'InfoInhibitor'].map(stateOf)).toEqual(['pending', 'firing', 'firing']);
  expect(await look(Date.now(), ['severity="info"'])).toMatchObject({ kind: 'alerting', names: ['Note'] });
});

test('M34: an alert that fires closes the gate, and one that is over still does for the time since the last look', async () => {
  const sinceMs = Date.now();
  fault = 1;
  expect(await untilLast('alerting')).toMatchObject({ names: ['Fault'], count: 1 });
  fault = 0;
  await untilLast('quiet');
  expect(await look(sinceMs)).toMatchObject({ kind: 'alerting', names: ['Fault'] });
});

test('M34: without its heartbeat nothing is known, though all else is silent', async () => {
  await prometheus.changeRules(rules());
  expect(describeAlerts(await untilLast('unknown'))).toMatch(/the alert Watchdog did not fire in the minute before/);
  await prometheus.changeRules(rules(WATCHDOG));
  await untilLast('quiet');
});

test('M34: nothing is known while it is away, and after a crash until an alert would fire again', async () => {
  const { startTime } = await runtime();
  await prometheus.kill();
  expect(describeAlerts(await look(Date.now()))).toMatch(/ECONNREFUSED/);
  await prometheus.start();
  const restartedMs = Date.parse((await runtime()).startTime);
  expect(restartedMs).toBeGreaterThan(Date.parse(startTime));
  // The series itself hides the gap: five minutes of look-back.
  expect(await prometheus.query('ALERTS{alertname="Watchdog"}')).toHaveLength(1);
  expect(await look(Date.now())).toMatchObject({ kind: 'unknown' });
  await untilLast('quiet');
  // The minute that is quiet began after the grace.
  expect(Date.now()).toBeGreaterThanOrEqual(restartedMs + GRACE_MS + 60_000);
  // The whole time was not.
  expect(await look(restartedMs - 60_000)).toMatchObject({ kind: 'unknown' });
});

test('M34: a question that it refuses is unknown, with its words', async () => {
  const verdict = await look(Date.now(), ['severity=~"(?<=x)y"']);
  expect(describeAlerts(verdict)).toMatch(/query_range answered 400: .*invalid/s);
});

async function runtime(): Promise<{ startTime: string }> {
  const answer = await client.ask('/api/v1/status/runtimeinfo', AbortSignal.timeout(5_000));
  return (answer.body as { data: { startTime: string } }).data;
}
