/** The chart in a real API server: installed, and what is installed heals a node. */

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_HEALED_ANNOTATION } from '../../contracts/healing/names.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type ChartWorld, HEALING_NAMESPACE, startChartWorld } from './chart-world.ts';
import { CHART, NAMESPACE, RELEASE, valuesOf } from './helm.ts';
import { installedProcess } from './installed-process.ts';

const HEAL_TIMEOUT_MS = 120_000;
/** A busy machine may miss the window; the next one comes soon. */
const HEALING = { window: '3s', interval: '1s', provenPodsMin: 2, retryAfter: '5s', nodes: 'agentpool notin (natoff)' };
const CONFIG = { cluster: 'chart', healing: HEALING };
const PROGRAM = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const COMPONENTS = ['worker', 'starter'] as const;

let world: ChartWorld;
let notes: string;

// Each test runs alone, and in any order but for the last one, which uninstalls the release.
beforeAll(async () => {
  world = await startChartWorld();
  await world.sandbox.addNode('system-1', { os: 'linux' });
  // Neither is healed: one makes no pod sandbox, the other is of a pool that is left out.
  await world.sandbox.addNode('virtual-1', { labels: { type: 'virtual-kubelet' } });
  await world.sandbox.addNode('off-1', { labels: { agentpool: 'natoff' } });
  const { status, stdout, stderr } = world.install([
    '--set',
    `temporal.address=${world.sandbox.env.TEMPORAL_ADDRESS}`,
    '--set-json',
    `config=${JSON.stringify(CONFIG)}`,
    '--wait',
    '--timeout',
    '2m',
  ]);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  notes = stdout.slice(stdout.indexOf('NOTES:'));
});

afterAll(async () => {
  await world?.stop();
});

test('helm installs it, and its pods come up under Pod Security restricted', () => {
  const pods = world.shell(`kubectl get pods --namespace ${NAMESPACE} --output name`).stdout.trim().split('\n');
  // Two workers, two starters, the collector, and an agent on system-1.
  expect(pods).toHaveLength(6);
});

/** The commands of the notes, in their order. */
function noted(): readonly string[] {
  return notes.split('\n').flatMap((line) => (line.startsWith('  kubectl ') ? [line.trim()] : []));
}

test('processes with the installed accounts, environment and configuration heal a node, and nothing is refused', async () => {
  const processes: VigilanteProcess[] = [];
  try {
    for (const component of COMPONENTS) {
      processes.push(await world.sandbox.startProcess(component, await installedProcess(world, component)));
    }
    for (const process of processes) await process.waitUntilReady();
    const { uid } = await world.sandbox.addNode('win-1');
    const healed = await waitUntil(
      async () => {
        const node = await world.sandbox.getNode('win-1');
        return node?.annotations[DEFAULT_HEALED_ANNOTATION] === 'true' ? node : null;
      },
      { what: 'the annotation on win-1', timeoutMs: HEAL_TIMEOUT_MS },
    );
    expect(healed.uid).toBe(uid);
    const { configPath, env } = await installedProcess(world, 'worker');
    const status = world.shell(`${PROGRAM} status --all --config ${configPath}`, { env });
    expect(status).toMatchObject({ status: 0 });
    expect(status.stdout).toMatch(/^win-1 +healed /m);
    expect(status.stdout).not.toMatch(/^(virtual|off)-1 /m);
  } finally {
    for (const process of processes) await process.kill();
  }

  const accounts = COMPONENTS.map(
    (component) => `system:serviceaccount:${NAMESPACE}:${RELEASE}-vigilante-${component}`,
  );
  const ours = (await world.sandbox.auditEvents()).filter(({ user }) => accounts.includes(user));
  expect(new Set(ours.map(({ user }) => user)).size).toBe(2);
  expect(ours.filter(({ code }) => code === 403)).toEqual([]);
  const pods = ours.filter(({ verb, resource }) => verb === 'create' && resource === 'pods');
  expect(pods.length).toBeGreaterThanOrEqual(CONFIG.healing.provenPodsMin);
  expect(new Set(pods.map(({ namespace }) => namespace))).toEqual(new Set([NAMESPACE]));
});

test('the commands of the notes work', async () => {
  await world.sandbox.addNode('marked-1', { annotations: { [DEFAULT_HEALED_ANNOTATION]: 'true' } });
  const [wait = '', ...inWorker] = noted();
  expect(noted()).toHaveLength(3);
  expect(world.shell(wait)).toMatchObject({ status: 0, stderr: '' });
  // kwok runs no containers: the part before -- is proven by a dry run of its target, the part after it elsewhere.
  expect(inWorker.map((line) => line.split(' -- ')[1])).toEqual(['vigilante status', 'vigilante connectivity']);
  for (const line of inWorker) {
    const [target = ''] = line.split(' -- ');
    expect(world.shell(target.replace('kubectl exec', 'kubectl get')).status).toBe(0);
  }
  // The third one where nothing is watched.
  const off = ['--set', 'collector.enabled=false', '--set', `temporal.address=${world.sandbox.env.TEMPORAL_ADDRESS}`];
  const values = ['--values', valuesOf('minimal')];
  const { stdout } = world.helm([
    'install',
    'other',
    CHART,
    '--dry-run=client',
    '--namespace',
    NAMESPACE,
    ...values,
    ...off,
  ]);
  const nodes = stdout.split('\n').find((line) => line.startsWith('  kubectl get nodes')) ?? '';
  expect(stdout).not.toContain('vigilante connectivity');
  expect(world.shell(nodes).stdout).toMatch(/^marked-1 +true$/m);
});

test('an upgrade moves the rights to another namespace, and uninstalling leaves no object', () => {
  const upgrade = world.helm([
    'upgrade',
    RELEASE,
    CHART,
    '--namespace',
    NAMESPACE,
    '--reuse-values',
    '--set',
    `config.healing.pod.namespace=${HEALING_NAMESPACE}`,
  ]);
  expect(upgrade).toMatchObject({ status: 0 });
  const account = `system:serviceaccount:${NAMESPACE}:${RELEASE}-vigilante-worker`;
  const may = (namespace: string) =>
    world.shell(`kubectl auth can-i create pods --namespace ${namespace} --as ${account}`).stdout.trim();
  expect([may(HEALING_NAMESPACE), may(NAMESPACE)]).toEqual(['yes', 'no']);

  expect(world.helm(['uninstall', RELEASE, '--namespace', NAMESPACE])).toMatchObject({ status: 0 });
  const kinds = 'deployment,service,configmap,serviceaccount,role,rolebinding,clusterrole,clusterrolebinding,pdb';
  const selector = `--selector app.kubernetes.io/instance=${RELEASE}`;
  expect(world.shell(`kubectl get ${kinds} --all-namespaces ${selector} --output name`).stdout).toBe('');
});
