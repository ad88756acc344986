/**
 * Real workers and starters with `tls`: Prometheus scrapes them as the chart's monitors say, and a renewed certificate is
 * served without a restart. The collector's renewal is in `tests/integration/collector/tls.test.ts`.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { FIRST_CERTIFICATE, SECOND_CERTIFICATE, type TestCertificate } from '../../fixtures/certificates.ts';
import { type PrometheusServer, startPrometheus } from '../alerts/prometheus-server.ts';
import { isTrusted } from '../trusted-certificate.ts';
import { startTemporalServer, type TemporalServer } from './temporal-server.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/vigilante', import.meta.url));
const PROCESSES = ['worker', 'starter'] as const;
const WAIT_MS = 120_000;

interface Running {
  readonly child: ChildProcess;
  readonly httpPort: number;
  readonly sdkPort: number;
}

let folder: string;
let prometheus: PrometheusServer;
let temporal: TemporalServer;
const running = new Map<string, Running>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigilante-renewal-'));
  await mountSecret(FIRST_CERTIFICATE);
  // The SDK serves its metrics once it has reached Temporal.
  temporal = await startTemporalServer();
  for (const name of PROCESSES) running.set(name, await start(name));
  const targets = (port: (process: Running) => number) => [
    { targets: [...running.values()].map((one) => `${LOOPBACK}:${port(one)}`) },
  ];
  const tlsConfig = { ca_file: join(folder, 'certs', 'tls.crt'), server_name: 'localhost' };
  prometheus = await startPrometheus({
    interval: '1s',
    rules: { groups: [] },
    scrapeConfigs: [
      {
        job_name: 'metrics',
        scheme: 'https',
        tls_config: tlsConfig,
        static_configs: targets(({ httpPort }) => httpPort),
      },
      { job_name: 'sdk-metrics', scheme: 'http', static_configs: targets(({ sdkPort }) => sdkPort) },
    ],
  });
});

afterAll(async () => {
  await prometheus?.stop();
  for (const { child } of running.values()) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  }
  await temporal?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** As the kubelet mounts and replaces a secret: `..data` is swapped for a link to another folder. */
async function mountSecret({ cert, key }: TestCertificate): Promise<void> {
  const certs = join(folder, 'certs');
  const isFirst = (await mkdir(certs, { recursive: true })) !== undefined;
  const data = await mkdtemp(join(certs, '..data-'));
  await writeFile(join(data, 'tls.crt'), cert);
  await writeFile(join(data, 'tls.key'), key);
  await symlink(data, join(certs, '..next'));
  await rename(join(certs, '..next'), join(certs, '..data'));
  if (isFirst) for (const name of ['tls.crt', 'tls.key']) await symlink(join('..data', name), join(certs, name));
}

/** No API server is there: metrics and health are served all the same. */
async function start(name: string): Promise<Running> {
  const [httpPort = 0, sdkPort = 0, closedPort = 0] = await freePorts(3);
  const cluster = { server: `http://${LOOPBACK}:${closedPort}` };
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'none',
    users: [
      {
        name: 'none',
        user: {},
      },
    ],
    clusters: [
      {
        name: 'none',
        cluster,
      },
    ],
    contexts: [
      {
        name: 'none',
        context: {
          cluster: 'none',
          user: 'none',
        },
      },
    ],
  };
  const certs = join(folder, 'certs');
  const config = {
    tls: true,
    http: {
      host: LOOPBACK,
      port: httpPort,
      certificateFile: `${certs}/tls.crt`,
      keyFile: `${certs}/tls.key`,
    },
    temporal: { metricsPort: sdkPort },
    kubernetes: { kubeconfig: join(folder, 'kubeconfig') },
  };
  await writeFile(join(folder, 'kubeconfig'), stringify(kubeconfig));
  await writeFile(join(folder, `${name}.yaml`), stringify(config));
  const { PATH = '' } = process.env;
  const child = spawn(PROGRAM, [name, '--config', join(folder, `${name}.yaml`)], {
    env: { PATH, HOME: folder, TEMPORAL_ADDRESS: temporal.profile.address },
    stdio: 'ignore',
  });
  return { child, httpPort, sdkPort };
}

test('H19: Prometheus scrapes the own port over HTTPS, by authority and name, and that of the SDK over HTTP', async () => {
  await waitUntil(async () => (await prometheus.query('up == 1')).length === 4, {
    what: 'all four targets to be up',
    timeoutMs: WAIT_MS,
    explain: async () => JSON.stringify(await prometheus.query('up')),
  });
  expect(await prometheus.query('vigilante_ready{check="nodes"} == 0')).toHaveLength(2);
});

test('H19: worker and starter serve a renewed certificate without a restart', async () => {
  const ports = [...running.values()].map(({ httpPort }) => httpPort);
  for (const port of ports) expect(await isTrusted(port, FIRST_CERTIFICATE)).toBe(true);
  await mountSecret(SECOND_CERTIFICATE);
  for (const port of ports) {
    await waitUntil(() => isTrusted(port, SECOND_CERTIFICATE), { what: 'the renewed certificate', timeoutMs: WAIT_MS });
    expect(await isTrusted(port, FIRST_CERTIFICATE)).toBe(false);
  }
  for (const { child } of running.values()) expect([child.exitCode, child.signalCode]).toEqual([null, null]);
});
