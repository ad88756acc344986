/** A soak while all that it consists of is killed in turn: never more is proven than Prometheus has samples of. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { stringify } from 'yaml';
import { z } from 'zod';
import { soakClusterWorkflowId } from '../../contracts/upgrade/names.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { withMaintenance } from '../../sandbox/machines/maintenance-config.ts';
import { KUBERNETES_VERSIONS } from '../../sandbox/tools/kubernetes-versions.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type MaintenanceWorld, startMaintenanceWorld } from '../e2e/maintenance-world.ts';
import { type PrometheusServer, startPrometheus } from '../integration/alerts/prometheus-server.ts';
import { completeExchangeConfig } from './exchange-config.ts';
import { HEARTBEAT } from './rings-world.ts';

const [VERSION] = KUBERNETES_VERSIONS;
const VIGILANTE = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const SOAK_MS = 360_000;
const BETWEEN_MS = 20_000;
/** A minute counts in which the heartbeat fired at all. */
const MINUTE_MS = 60_000;
const PROMETHEUS_AWAY_MS = 4 * MINUTE_MS;
const WAIT_MS = 600_000;
const run = promisify(execFile);

let folder: string;
let prometheus: PrometheusServer;
let world: MaintenanceWorld;
let fleet: VigilanteProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigilante-soak-'));
  prometheus = await startPrometheus({ scrapeConfigs: [], rules: HEARTBEAT, interval: '5s' });
  const alerts = { source: 'prometheus', url: prometheus.url, checkEvery: '1m', restartGrace: '0s' };
  world = await startMaintenanceWorld({
    controlPlane: 1,
    vigilante: withMaintenance({}, { nodesMax: 1, oneZoneAtATime: false, exchanges: true }),
    before: (sandbox) => completeExchangeConfig(sandbox, folder, { alerts, approval: { required: false } }),
  });
  fleet = await startFleetProcess();
}, 600_000);

afterAll(async () => {
  await world?.stop();
  await prometheus?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

async function startFleetProcess(): Promise<VigilanteProcess> {
  const started = await world.sandbox.startProcess('fleet', { env: { KUBECONFIG: '/dev/null' } });
  await started.waitUntilReady();
  return started;
}

const vigilante = (args: readonly string[]) =>
  run(VIGILANTE, [...args], { env: { ...process.env, ...world.sandbox.env, KUBECONFIG: '/dev/null' } });

/** What is there already soaks all the same. Resolves with its soak. */
async function begin(): Promise<WorkflowHandle> {
  const file = join(folder, 'run.yaml');
  const stages = [{ name: 'only', clusters: [SANDBOX_CLUSTER], soak: { for: `${SOAK_MS / 1_000}s` } }];
  await writeFile(file, stringify({ run: 'soak', versions: { kubernetes: VERSION }, stages }));
  await vigilante(['upgrade', 'start', file]);
  const handle = world.temporal.workflow.getHandle(soakClusterWorkflowId(SANDBOX_CLUSTER));
  const isThere = () =>
    handle.describe().then(
      () => true,
      () => false,
    );
  await waitUntil(isThere, { what: 'the soak', timeoutMs: WAIT_MS });
  return handle;
}

async function killInTurn(): Promise<void> {
  const { sandbox, maintainer } = world;
  await sleep(BETWEEN_MS);
  await maintainer.kill('SIGKILL');
  await sleep(MINUTE_MS);
  await (await sandbox.startProcess('maintainer')).waitUntilReady();
  await sleep(BETWEEN_MS);
  await fleet.kill('SIGKILL');
  await sleep(BETWEEN_MS);
  await startFleetProcess();
  await sandbox.killPart('temporal');
  await sleep(BETWEEN_MS);
  await sandbox.startPart('temporal');
  await sleep(BETWEEN_MS);
  await prometheus.kill();
  await sleep(PROMETHEUS_AWAY_MS);
  await prometheus.start();
}

const LookSchema = z.object({ sinceMs: z.number(), shown: z.object({ provenMs: z.number() }) });

/** How much was proven until when, at each look. */
async function looksOf(handle: WorkflowHandle): Promise<readonly z.infer<typeof LookSchema>[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: attributes }) => {
    const data = attributes?.input?.payloads?.[0]?.data;
    return data === undefined || data === null ? [] : [LookSchema.parse(JSON.parse(Buffer.from(data).toString()))];
  });
}

const SamplesSchema = z.object({
  data: z.object({ result: z.tuple([z.object({ values: z.array(z.tuple([z.number(), z.string()])) })]) }),
});

/** When the heartbeat fired, by the samples that Prometheus keeps; milliseconds since 1970. */
async function heartbeats(): Promise<readonly number[]> {
  const query = new URLSearchParams({ query: 'ALERTS{alertname="Watchdog"}[1h]' });
  const answer = await fetch(`${prometheus.url}/api/v1/query?${query.toString()}`);
  return SamplesSchema.parse(await answer.json()).data.result[0].values.map(([atSeconds]) => atSeconds * 1_000);
}

/** Time that is less than a minute away from a heartbeat. */
function recordedMs(samples: readonly number[], fromMs: number, toMs: number): number {
  let coveredToMs = fromMs;
  let recorded = 0;
  for (const atMs of samples) {
    const beginMs = Math.max(coveredToMs, atMs - MINUTE_MS);
    const endMs = Math.min(toMs, atMs + MINUTE_MS);
    if (endMs > beginMs) recorded += endMs - beginMs;
    coveredToMs = Math.max(coveredToMs, endMs);
  }
  return recorded;
}

const EndSchema = z.object({ running: z.boolean().optional() });

async function hasEnded(): Promise<boolean> {
  const { stdout } = await vigilante(['upgrade', 'status', 'soak', '--output', 'json']).catch(() => ({ stdout: '' }));
  return stdout !== '' && EndSchema.parse(JSON.parse(stdout)).running === false;
}

test(
  'M35: maintainer, fleet, Temporal and Prometheus are killed in turn, and never more is proven than a recorder has',
  async () => {
    const soak = await begin();
    const startedMs = (await soak.describe()).startTime.getTime();
    await killInTurn();
    await waitUntil(hasEnded, { what: 'the run to be soaked', timeoutMs: WAIT_MS, pollMs: 3_000 });
    const samples = await heartbeats();
    const looks = await looksOf(soak);
    const tooMuch = looks.filter(({ sinceMs, shown }) => shown.provenMs > recordedMs(samples, startedMs, sinceMs));
    expect(tooMuch).toEqual([]);
    const { provenMs, resets } = z.object({ provenMs: z.number(), resets: z.number() }).parse(await soak.result());
    expect(resets).toBe(0);
    expect(provenMs).toBeGreaterThanOrEqual(SOAK_MS);
    const endMs = (await soak.describe()).closeTime?.getTime() ?? 0;
    const recorded = recordedMs(samples, startedMs, endMs);
    const tookMs = endMs - startedMs;
    process.stderr.write(`${looks.length} looks; ${provenMs} ms proven, ${recorded} recorded, in ${tookMs}\n`);
    expect(provenMs).toBeLessThanOrEqual(recorded);
    // The recorder lacks what Prometheus was away, but for the minutes at both borders.
    expect(tookMs - recorded).toBeGreaterThan(PROMETHEUS_AWAY_MS - 2 * MINUTE_MS - BETWEEN_MS);
  },
  3 * WAIT_MS,
);
