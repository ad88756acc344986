/** The real processes: a starter keeps the watch, a maintainer runs it, and people ask for it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stringify } from 'yaml';

import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/vigilante', import.meta.url));
const UNTIL = { timeoutMs: 120_000, pollMs: 250 };

const temporal = useTemporalServer({ searchAttributes: true });
let apiServer: TestApiServer;
let folder: string;
const running: ChildProcess[] = [];

beforeAll(async () => {
  apiServer = await startApiServer();
  folder = await mkdtemp(join(tmpdir(), 'vigilante-privileges-'));
  await addPod();
});

afterAll(async () => {
  for (const child of running) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
  await apiServer?.stop();
});

async function addPod(): Promise<void> {
  const { admin } = apiServer;
  await admin.demand('POST', '/api/v1/namespaces', { body: { metadata: { name: 'mlab' } } });
  await admin.demand('POST', '/api/v1/namespaces/mlab/serviceaccounts', { body: { metadata: { name: 'default' } } });
  const securityContext = { runAsUser: 0, runAsGroup: 0, capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } };
  const spec = { nodeName: 'node-1', containers: [{ name: 'access', image: 'some', securityContext }] };
  await admin.demand('POST', '/api/v1/namespaces/mlab/pods', { body: { metadata: { name: 'access' }, spec } });
  const containerStatuses = [
    {
      name: 'access',
      containerID: `containerd://${'a'.repeat(64)}`,
      ready: true,
      restartCount: 0,
      image: 'i',
      imageID: 'i',
    },
  ];
  await admin.demand('PATCH', '/api/v1/namespaces/mlab/pods/access/status', {
    body: { status: { phase: 'Running', containerStatuses } },
    contentType: 'application/merge-patch+json',
  });
}

const declared = () => join(folder, 'declared.yaml');

async function environment(user: 'maintainer' | 'starter' | 'admin'): Promise<Record<string, string>> {
  const config = join(folder, `${user}.yaml`);
  const [collector = 0] = await freePorts(1);
  await writeFile(
    config,
    stringify({
      cluster: 'privileged',
      kubernetes: { kubeconfig: apiServer.kubeconfig(user).path },
      connectivity: { enabled: false, collectorUrl: `http://${LOOPBACK}:${collector}` },
      maintenance: { enabled: true, privileges: { enabled: true, interval: '1s', declared: declared() } },
      temporal: { metricsPort: 0 },
    }),
  );
  const { address, namespace } = temporal.server.profile;
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    VIGILANTE_CONFIG: config,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  };
}

/** Returns where it serves its pages. */
async function start(name: 'maintainer' | 'starter'): Promise<string> {
  const [port = 0] = await freePorts(1);
  const env = { ...(await environment(name)), VIGILANTE_HTTP_PORT: String(port) };
  running.push(spawn(PROGRAM, [name], { env, stdio: 'ignore' }));
  const url = `http://${LOOPBACK}:${port}`;
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntil(isReady, { what: `the ${name} to be ready`, ...UNTIL });
  return url;
}

async function run(...args: readonly string[]) {
  const child = spawn(PROGRAM, args, { env: await environment('admin'), stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  return { code: child.exitCode, stdout, stderr };
}

test('M49: a maintainer does not start with a wrong file, and says which line and key', async () => {
  await writeFile(declared(), 'groups:\n  g:\n    - { container: access, user: "0:0" }\n');
  const child = spawn(PROGRAM, ['maintainer'], {
    env: await environment('maintainer'),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stderr = await text(child.stderr);
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode).toBe(78);
  expect(stderr).toContain('line 3: groups.g[0].reason: expected why, because more than nothing is declared');
  await rm(declared());
});

test('M50, M51: what runs is undeclared, until what declare writes has its reasons', async () => {
  expect(await run('privileges')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no watch of the privileges'),
  });
  const maintainer = await start('maintainer');
  await start('starter');
  const drift = await waitUntil(
    async () => {
      const { code, stdout } = await run('privileges', '-o', 'json');
      return stdout.includes('"state": "drift"') ? { code, status: JSON.parse(stdout) as object } : null;
    },
    { what: 'the first report', ...UNTIL },
  );
  expect(drift.code).toBe(1);
  expect(drift.status).toMatchObject({
    counts: { undeclared: 1 },
    rows: [{ namespace: 'mlab', workload: 'pod/access', container: 'access', judgement: 'undeclared' }],
    problems: [
      expect.stringContaining('nothing is declared'),
      expect.stringContaining('cannot be asked for processes'),
    ],
  });
  // It is gone while the next evaluation is overdue, which one a second can be on a machine that does other work.
  const page = async () => (await fetch(`${maintainer}/metrics`)).text();
  const isShown = async () => /^vigilante_privileges_containers\{judgement="undeclared"\} 1$/m.test(await page());
  await waitUntil(isShown, { what: 'the undeclared container on the page of metrics', ...UNTIL, explain: page });
  const written = await run('privileges', 'declare');
  expect(written).toMatchObject({ code: 0, stderr: '' });
  await writeFile(declared(), written.stdout);
  const refused = async () => (await run('privileges')).stderr.includes('reason: expected why');
  await waitUntil(refused, { what: 'the file to be refused', ...UNTIL });
  await writeFile(declared(), written.stdout.replace('reason: ""', 'reason: needs to manipulate iptables rules'));
  const isFine = async () => (await run('privileges', '--drift')).code === 0;
  await waitUntil(isFine, { what: 'nothing to be drift', ...UNTIL });
});
