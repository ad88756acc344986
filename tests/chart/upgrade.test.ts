/** The life of a release: from a served repository, upgraded in the middle of a heal, rolled back, uninstalled. */

import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION } from '../../contracts/names.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { podLives } from '../e2e/faults-audit.ts';
import { REPOSITORY } from '../tidy/repository-files.ts';
import { allObjects, differenceFrom } from './all-objects.ts';
import { type ChartRepository, serveChartRepository } from './chart-repository.ts';
import { type ChartWorld, startChartWorld } from './chart-world.ts';
import { NAMESPACE, RELEASE, valuesOf } from './helm.ts';
import { INSTALLED_COMPONENTS, installedObject, installedProcess, startInstalled } from './installed-process.ts';

jest.setTimeout(300_000);

const NODE = 'win-1';
const CHART = 'stable/vigilante';
const CRD = 'agents.network-checker.ext';
const POLICY = `${NAMESPACE}-${RELEASE}-vigilante-worker`;
/** Long enough for an upgrade, and for the processes of both versions, within one heal. */
const CONFIG = { cluster: 'chart', healing: { window: '25s', interval: '1s', provenPodsMin: 2 } };
const WAIT_MS = 120_000;

let world: ChartWorld;
let repository: ChartRepository;
let before: readonly string[];

beforeAll(async () => {
  world = await startChartWorld();
  repository = await serveChartRepository(world.folder, world.sandbox.env.KUBECONFIG);
  await world.sandbox.addNode('system-1', { os: 'linux' });
  await world.sandbox.addNode(NODE);
  // The sandbox has it already; a cluster gets it from helm.
  shell(`kubectl delete crd ${CRD}`);
  before = allObjects(world);
});

afterAll(async () => {
  await repository?.close();
  await world?.stop();
});

function shell(line: string): string {
  const { status, stdout, stderr } = world.shell(line);
  expect({ line, status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

/** Fails where helm does. */
async function helm(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await repository.helm(args);
  expect({ args, status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

/** In the release's namespace, and waits until its pods are ready. */
function release(command: 'install' | 'upgrade', version: string, ...more: readonly string[]): Promise<string> {
  const where = ['--namespace', NAMESPACE, '--version', version, '--wait', '--timeout', '2m'];
  return helm(command, RELEASE, CHART, ...where, ...more);
}

function firstValues(): readonly string[] {
  return [
    ...['--values', valuesOf('minimal'), '--set', `temporal.address=${world.sandbox.env.TEMPORAL_ADDRESS}`],
    ...['--set-json', `config=${JSON.stringify(CONFIG)}`],
  ];
}

const HealsSchema = z.tuple([z.object({ runId: z.string(), execution: z.string(), attempts: z.int().nullable() })]);

/** What the command line says about the heal, with the worker's account. */
async function healThat(
  what: string,
  isSo: (heal: z.infer<typeof HealsSchema>[0]) => boolean,
): Promise<z.infer<typeof HealsSchema>[0]> {
  const { configPath, env } = await installedProcess(world, 'worker');
  const line = `${join(REPOSITORY, 'bin/vigilante')} status ${NODE} --output json --config ${configPath}`;
  return waitUntil(
    () => {
      const heals = HealsSchema.safeParse(parsed(world.shell(line, { env }).stdout));
      return heals.success && isSo(heals.data[0]) ? heals.data[0] : null;
    },
    { what, timeoutMs: WAIT_MS },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What stays the same object over an upgrade, with the version that its pods are of. */
function deployments(): Readonly<Record<string, { readonly uid: string; readonly chart: string }>> {
  const Schema = z.object({
    metadata: z.object({ uid: z.string() }),
    spec: z.object({ template: z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }) }) }),
    status: z.object({ updatedReplicas: z.int(), readyReplicas: z.int() }),
  });
  return Object.fromEntries(
    INSTALLED_COMPONENTS.map((component) => {
      const found = Schema.parse(installedObject(world, 'deployment', `${RELEASE}-vigilante-${component}`));
      expect(found.status).toMatchObject({ updatedReplicas: 2, readyReplicas: 2 });
      const chart = found.spec.template.metadata.labels['helm.sh/chart'] ?? '';
      return [component, { uid: found.metadata.uid, chart }];
    }),
  );
}

/** Plays the kubelet: a pod that is to end with grace stays until somebody says that it has. */
async function endTerminatingPods(): Promise<void> {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods`;
  const PodsSchema = z.object({
    items: z.array(
      z.object({ metadata: z.object({ name: z.string(), uid: z.string(), deletionTimestamp: z.string().optional() }) }),
    ),
  });
  const { items } = PodsSchema.parse((await world.sandbox.api.demand('GET', path)).body);
  for (const { metadata } of items.filter((pod) => pod.metadata.deletionTimestamp !== undefined)) {
    const body = { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } };
    await world.sandbox.api.demand('DELETE', `${path}/${metadata.name}`, { body, alsoFine: [404] });
  }
}

async function difference(expected: readonly string[]): Promise<readonly string[]> {
  return differenceFrom(expected, world, endTerminatingPods);
}

function isPolicyThere(): boolean {
  return world.shell(`kubectl get validatingadmissionpolicy ${POLICY}`).status === 0;
}

test('a repository offers both versions, and the earlier one is installed from there with its custom resource', async () => {
  await helm('repo', 'add', 'stable', repository.url);
  const found = await helm('search', 'repo', 'vigilante', '--versions', '--output', 'json');
  expect(JSON.parse(found)).toEqual(
    [repository.version, repository.earlierVersion].map((version) =>
      expect.objectContaining({ name: CHART, version, app_version: version }),
    ),
  );
  await release('install', repository.earlierVersion, ...firstValues());
  shell(`kubectl wait --for=condition=Ready pod --all --namespace ${NAMESPACE} --timeout=30s`);
  expect(shell(`kubectl get crd ${CRD} --output name`)).toContain(CRD);
  expect(deployments()).toMatchObject({ worker: { chart: `vigilante-${repository.earlierVersion}` } });
});

test('an upgrade in the middle of a heal replaces the pods, and the heal goes on: no attempt is lost or made twice', async () => {
  const old = await startInstalled(world, 1);
  const running = await healThat('two attempts', ({ attempts }) => (attempts ?? 0) >= 2);
  const early = deployments();

  await release('upgrade', repository.version, '--reset-then-reuse-values');
  const now = deployments();
  for (const component of INSTALLED_COMPONENTS) {
    expect(now[component]).toEqual({ uid: early[component]?.uid, chart: `vigilante-${repository.version}` });
  }
  expect(isPolicyThere()).toBe(true);
  const { data } = installedObject(world, 'configmap', `${RELEASE}-vigilante`);
  expect(JSON.stringify(data)).toContain('window: 25s');

  // As the kubelet does: the new pods are ready before the old ones are told to end.
  const fresh = await startInstalled(world, 2);
  for (const { process, graceSeconds } of old) {
    const ended = process.kill('SIGTERM').then(() => true);
    const isOver = await Promise.race([ended, untilSeconds(graceSeconds)]);
    expect({ isOver, ...(await process.exited) }).toEqual({ isOver: true, code: 0, signal: null });
  }
  const later = await healThat('an attempt after the upgrade', ({ attempts, execution }) => {
    return execution !== 'running' || (attempts ?? 0) > (running.attempts ?? 0) + 2;
  });
  expect(later).toMatchObject({ execution: 'running', runId: running.runId });
  const isHealed = async () => (await world.sandbox.getNode(NODE))?.annotations[DEFAULT_HEALED_ANNOTATION] === 'true';
  await waitUntil(isHealed, { what: `the annotation of ${NODE}`, timeoutMs: WAIT_MS });
  const ended = await healThat('the end of the heal', ({ execution }) => execution !== 'running');
  expect(ended).toMatchObject({ execution: 'completed', runId: running.runId });
  for (const { process } of fresh) await process.kill('SIGTERM');

  const lives = podLives(await world.sandbox.auditEvents(), NODE);
  expect(lives.map(({ attempt }) => attempt)).toEqual(lives.map((_, index) => index + 1));
  for (const [index, { deletedMs }] of lives.entries()) {
    expect(deletedMs).not.toBeNull();
    expect(lives[index + 1]?.createdMs ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(deletedMs ?? 0);
  }
  const refused = (await world.sandbox.auditEvents()).filter(
    ({ user, code }) => user.startsWith(`system:serviceaccount:${NAMESPACE}:`) && code === 403,
  );
  expect(refused).toEqual([]);
});

test('a rollback brings the earlier version back, and the next upgrade the new one', async () => {
  const { worker } = deployments();
  await helm('rollback', RELEASE, '1', '--namespace', NAMESPACE, '--wait', '--timeout', '2m');
  expect(deployments()['worker']).toEqual({ uid: worker?.uid, chart: `vigilante-${repository.earlierVersion}` });
  expect(isPolicyThere()).toBe(false);
  await release('upgrade', repository.version, '--reset-then-reuse-values');
  expect(deployments()['worker']).toEqual(worker);
  expect(isPolicyThere()).toBe(true);
});

test('uninstalling leaves no object of any kind but the custom resource, and the annotations of the nodes', async () => {
  await helm('uninstall', RELEASE, '--namespace', NAMESPACE, '--wait');
  const left = [
    `apiextensions.k8s.io/v1 CustomResourceDefinition /${CRD}`,
    // What the API server makes of it.
    'apiregistration.k8s.io/v1 APIService /v1.network-checker.ext',
  ];
  expect(await difference([...before, ...left])).toEqual([]);
  shell(`kubectl delete crd ${CRD}`);
  expect(await difference(before)).toEqual([]);
  const node = await world.sandbox.getNode(NODE);
  expect(node?.annotations).toMatchObject({ [DEFAULT_HEALED_ANNOTATION]: 'true' });
});

test('the new version is installed from the repository into a fresh namespace, and leaves as little', async () => {
  await release('install', repository.version, ...firstValues());
  shell(`kubectl wait --for=condition=Ready pod --all --namespace ${NAMESPACE} --timeout=30s`);
  expect(isPolicyThere()).toBe(true);
  await helm('uninstall', RELEASE, '--namespace', NAMESPACE, '--wait');
  shell(`kubectl delete crd ${CRD}`);
  expect(await difference(before)).toEqual([]);
});

/** False after so long. */
function untilSeconds(seconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), seconds * 1_000).unref();
  });
}
