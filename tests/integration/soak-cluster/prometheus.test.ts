/** A soak of a week on a real Prometheus that has the week's alerts already, against a recorder that reads the same samples. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { prometheusAlerts } from '../../../activities/maintenance/prometheus.ts';
import { createSoakActivities } from '../../../activities/upgrade/soak.ts';
import type { LookAtAlertsResult } from '../../../contracts/upgrade/soak-cluster.ts';
import { parseLabelMatcher } from '../../../domain/maintenance/label-matchers.ts';
import { afterLook, newSoak, type Soak } from '../../../domain/upgrade/soak.ts';
import { createJsonClient, type JsonClient } from '../../../runtime/json-client.ts';
import { resolveTool } from '../../../sandbox/tools/resolve-tool.ts';
import { type PrometheusServer, startPrometheus } from '../alerts/prometheus-server.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './harness.ts';

jest.setTimeout(300_000);

const TICK_MS = 30_000;
/** The samples end now: Prometheus has no older ones than its retention. */
const START_MS = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 8 * DAY_MS;

interface Episode {
  readonly what: 'alert' | 'dead' | 'no-heartbeat';
  readonly fromMs: number;
  readonly forMs: number;
}

/** The day 6 of 7 counts from the gap, which has begun the soak again. */
const EPISODES: readonly Episode[] = [
  { what: 'dead', fromMs: 0.5 * DAY_MS, forMs: 5 * MINUTE_MS },
  { what: 'dead', fromMs: DAY_MS, forMs: 61 * MINUTE_MS },
  { what: 'no-heartbeat', fromMs: 4 * DAY_MS, forMs: 20 * MINUTE_MS },
  { what: 'alert', fromMs: 7 * DAY_MS, forMs: 10 * MINUTE_MS },
];

const isIn = (what: Episode['what'], atMs: number) =>
  EPISODES.some((one) => one.what === what && one.fromMs <= atMs && atMs < one.fromMs + one.forMs);
const ticks = Array.from({ length: (8 * DAY_MS) / TICK_MS }, (_, index) => index * TICK_MS);
const hasHeartbeat = (atMs: number) => !isIn('dead', atMs) && !isIn('no-heartbeat', atMs);
const hasAlert = (atMs: number) => isIn('alert', atMs);

/** Reads the samples backwards from a moment, as nobody else here does. */
function recordedMs(untilMs: number): number {
  const text = ticks
    .filter((atMs) => atMs < untilMs)
    .map((atMs) => (hasAlert(atMs) ? 'a' : hasHeartbeat(atMs) ? 'q' : 'u'))
    .join('');
  const kept = text.replace(/^.*a/, '').replace(new RegExp(`^.*u{${HOUR_MS / TICK_MS + 1},}`), '');
  return (kept.match(/q/g) ?? []).length * TICK_MS;
}

function openMetrics(): string {
  const series = (name: string, severity: string, has: (atMs: number) => boolean) =>
    ticks
      .filter(has)
      .map(
        (atMs) =>
          `ALERTS{alertname="${name}",alertstate="firing",severity="${severity}"} 1 ${(START_MS + atMs) / 1_000}`,
      );
  const lines = [...series('Watchdog', 'none', hasHeartbeat), ...series('DiskFull', 'critical', hasAlert)];
  return ['# TYPE ALERTS gauge', ...lines, '# EOF', ''].join('\n');
}

let prometheus: PrometheusServer;
let client: JsonClient;

beforeAll(async () => {
  const promtool = await resolveTool('promtool');
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-samples-'));
  const file = join(folder, 'samples');
  await writeFile(file, openMetrics());
  prometheus = await startPrometheus({
    interval: '15s',
    rules: { groups: [] },
    scrapeConfigs: [],
    fill: async (data) => {
      await promisify(execFile)(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', file, data]);
    },
  });
  await rm(folder, { recursive: true });
  client = createJsonClient({ url: prometheus.url, bodyBytesMax: 4_000_000 });
});

afterAll(async () => {
  await client?.close();
  await prometheus?.stop();
});

/** A look at that time after the start. */
function look(soak: Soak, atMs: number): Promise<LookAtAlertsResult> {
  const match = ['severity=~"critical|warning"'].flatMap((text) => parseLabelMatcher(text) ?? []);
  const now = () => START_MS + atMs;
  const alerts = prometheusAlerts({
    client,
    now,
    startTime: `vector(${START_MS / 1_000 - 1})`,
    rules: { match, ignore: [], heartbeat: 'Watchdog', restartGraceMs: 0 },
  });
  const activities = createSoakActivities({
    alerts,
    now,
    intervalMs: 10 * MINUTE_MS,
    gapMaxMs: HOUR_MS,
    onSoak: () => undefined,
  });
  const shown = { provenMs: 0, remainingMs: 0, newResets: 0, isBlind: false };
  return new MockActivityEnvironment().run<[], LookAtAlertsResult, () => Promise<LookAtAlertsResult>>(() =>
    activities.lookAtAlerts({ sinceMs: soak.countedToMs, atMs: now(), shown }),
  );
}

test('M35: over a week with an alert, five dead minutes, a gap and a lost heartbeat never more is proven than a recorder has', async () => {
  let soak = newSoak(START_MS);
  const seen = new Map<number, Soak>();
  // Most looks are an hour apart, some longer, as if nobody had looked; what is asked then is the whole time.
  for (let atMs = HOUR_MS, index = 0; atMs < 8 * DAY_MS; index += 1) {
    const { spans, problem, gapMaxMs } = await look(soak, atMs);
    expect(problem).toBeNull();
    soak = afterLook(soak, spans, gapMaxMs);
    seen.set(atMs, soak);
    const countedMs = soak.countedToMs - START_MS;
    expect(soak.provenMs).toBeLessThanOrEqual(recordedMs(countedMs));
    expect(soak.provenMs).toBeGreaterThanOrEqual(recordedMs(countedMs) - 10 * MINUTE_MS);
    atMs += index % 5 === 0 ? 5 * HOUR_MS : HOUR_MS;
  }
  const at = (days: number) => [...seen].filter(([atMs]) => atMs <= days * DAY_MS).at(-1)?.[1];
  // Five dead minutes do not count, and begin nothing again.
  expect(at(0.9)).toMatchObject({ resets: 0 });
  // More than an hour of them do.
  expect(at(2)).toMatchObject({ resets: 1, lastReset: { detail: expect.stringContaining('Watchdog did not fire') } });
  expect(at(6.9)?.provenMs).toBeGreaterThan(5 * DAY_MS);
  expect(at(8)).toMatchObject({ resets: 2, lastReset: { detail: expect.stringContaining('DiskFull') } });
  expect(soak.provenMs).toBeLessThan(DAY_MS);
});

test('M35: while Prometheus is away nothing is counted, and nothing is lost once it is back', async () => {
  const soak = newSoak(START_MS + 2 * DAY_MS);
  await prometheus.kill();
  const away = await look(soak, 2 * DAY_MS + HOUR_MS);
  expect(away).toMatchObject({ spans: [], problem: expect.stringContaining('ECONNREFUSED') });
  await prometheus.start();
  const back = await look(soak, 2 * DAY_MS + 2 * HOUR_MS);
  expect(afterLook(soak, back.spans, HOUR_MS).provenMs).toBeGreaterThan(1.9 * HOUR_MS);
});
