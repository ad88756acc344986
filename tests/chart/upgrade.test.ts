/** The life of a release: from a served repository, upgraded in the middle of a heal, rolled back, uninstalled. */

import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION } from '../../contracts/healing/names.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { overlaps, podLives } from '../e2e/faults-audit.ts';
import { REPOSITORY, readRepositoryFile } from '../tidy/repository-files.ts';
import { allObjects, differenceFrom } from './all-objects.ts';
import { type ChartRepository, serveChartRepository } from './chart-repository.ts';
import { type ChartWorld, startChartWorld } from './chart-world.ts';
import { NAMESPACE, RELEASE, valuesOf } from './helm.ts';
import { HEALING_COMPONENTS, installedObject, installedProcess, startInstalled } from './installed-process.ts';

const NODE = 'win-1';
const CHART = 'stable/vigilante';
const CRD = 'agents.network-checker.ext';
const POLICY = `${NAMESPACE}-${RELEASE}-vigilante-worker`;
/** The heal does not end by itself: an upgrade takes as long as it takes. */
const CONFIG = { cluster: 'chart', healing: { window: '1h', interval: '1s', provenPodsMin: 2 } };
const PROGRAM = join(REPOSITORY, 'bin/vigilante');
const WAIT_MS = 120_000;
const LOOK_MS = 1_000;

let world: ChartWorld;
let repository: ChartRepository;
let before: readonly string[];

// The tests are the stations of one release: each begins where the one before it ended.
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
    '--values',
    valuesOf('minimal'),
    '--set',
    `temporal.address=${world.sandbox.env.TEMPORAL_ADDRESS}`,
    '--set-json',
    `config=${JSON.stringify(CONFIG)}`,
  ];
}

const HealsSchema = z.tuple([
  z.object({
    runId: z.string(),
    execution: z.string(),
    state: z.string(),
    attempts: z.int().nullable(),
  }),
]);

/** What the command line says about the heal, with the worker's account. */
async function healThat(
  what: string,
  isSo: (heal: z.infer<typeof HealsSchema>[0]) => boolean,
): Promise<z.infer<typeof HealsSchema>[0]> {
  const { configPath, env } = await installedProcess(world, 'worker');
  const line = `${PROGRAM} status ${NODE} --output json --config ${configPath}`;
  return waitUntil(
    () => {
      const heals = HealsSchema.safeParse(parsed(world.shell(line, { env }).stdout));
      return heals.success && isSo(heals.data[0]) ? heals.data[0] : null;
    },
    // Each look is a process of its own.
    { what, timeoutMs: WAIT_MS, pollMs: LOOK_MS },
  );
}

/** A restart makes the worker write the annotation, under the policy that came with the upgrade; then two pods meet. */
async function writesOfTheNewWorker(): Promise<void> {
  const { configPath, env } = await installedProcess(world, 'worker');
  const restart = world.shell(`${PROGRAM} restart ${NODE} --reason upgraded --config ${configPath}`, { env });
  expect(restart).toMatchObject({ status: 0 });
  const annotation = async () => (await world.sandbox.getNode(NODE))?.annotations[DEFAULT_HEALED_ANNOTATION];
  await waitUntil(async () => (await annotation()) === 'false', { what: 'the annotation false', timeoutMs: WAIT_MS });
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
    HEALING_COMPONENTS.map((component) => {
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

  // Helm leaves the definitions as they are: docs/installation.md says how they get the new ones.
  const definitions = await helm('show', 'crds', CHART, '--version', repository.version);
  const applied = world.shell('kubectl apply --server-side --force-conflicts -f -', { input: definitions });
  expect(applied).toMatchObject({ status: 0, stdout: expect.stringContaining(CRD) });
  await release('upgrade', repository.version, '--reset-then-reuse-values');
  const now = deployments();
  for (const component of HEALING_COMPONENTS) {
    expect(now[component]).toEqual({ uid: early[component]?.uid, chart: `vigilante-${repository.version}` });
  }
  expect(isPolicyThere()).toBe(true);
  const { data } = installedObject(world, 'configmap', `${RELEASE}-vigilante`);
  expect(JSON.stringify(data)).toContain('window: 1h');

  // As the kubelet does: the new pods are ready before the old ones are told to end.
  const fresh = await startInstalled(world, 2);
  for (const { process, graceSeconds } of old) {
    const ended = process.kill('SIGTERM').then(() => true);
    const isOver = await Promise.race([ended, untilSeconds(graceSeconds)]);
    expect({ isOver, ...(await process.exited) }).toEqual({ isOver: true, code: 0, signal: null });
  }
  const begun = (await healThat('an answer', () => true)).attempts ?? 0;
  const later = await healThat('attempts by the new worker alone', ({ attempts }) => (attempts ?? 0) > begun + 1);
  expect(later).toMatchObject({ execution: 'running', runId: running.runId });
  const lives = podLives(await world.sandbox.auditEvents(), NODE);
  expect(lives.length).toBeGreaterThan(begun);
  expect(lives.map(({ attempt }) => attempt)).toEqual(lives.map((_, index) => index + 1));
  expect(overlaps(lives)).toEqual([]);

  await writesOfTheNewWorker();
  shell(`kubectl annotate node ${NODE} --overwrite ${DEFAULT_HEALED_ANNOTATION}=true`);
  const ended = await healThat('the end of the heal', ({ execution }) => execution !== 'running');
  expect(ended).toMatchObject({ execution: 'completed', runId: running.runId, state: 'healed-elsewhere' });
  for (const { process } of fresh) await process.kill('SIGTERM');

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
  const told = readRepositoryFile('docs/installation.md');
  await helm('uninstall', RELEASE, '--namespace', NAMESPACE, '--wait');
  const left = [
    `apiextensions.k8s.io/v1 CustomResourceDefinition /${CRD}`,
    // What the API server makes of it.
    'apiregistration.k8s.io/v1 APIService /v1.network-checker.ext',
  ];
  expect(await difference([...before, ...left])).toEqual([]);
  const [, command = ''] = told.match(/`(kubectl delete crd [^`]+)`/) ?? [];
  shell(command);
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
