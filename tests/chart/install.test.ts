/** The chart in a real API server: every object accepted, installed, and what is installed heals a node. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION } from '../../contracts/names.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type ChartWorld, HEALING_NAMESPACE, startChartWorld } from './chart-world.ts';
import { CHART, type Manifest, ManifestSchema, NAMESPACE, RELEASE, renderChart, VALUE_SETS, valuesOf } from './helm.ts';
import { containerOf, podTemplateOf } from './pod-spec.ts';

jest.setTimeout(300_000);

const DRY_RUN = 'kubectl apply --server-side --dry-run=server --filename -';
const HEAL_TIMEOUT_MS = 90_000;
const CONFIG = { cluster: 'chart', healing: { window: '3s', interval: '1s', provenPodsMin: 2 } };
const PROGRAM = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const COMPONENTS = ['worker', 'starter'] as const;

let world: ChartWorld;
let notes: string;

beforeAll(async () => {
  world = await startChartWorld();
  await world.sandbox.addNode('system-1', { os: 'linux' });
});

afterAll(async () => {
  await world?.stop();
});

/** With the account `default`, as those of the release are not there yet. */
function podsOf(manifests: readonly Manifest[]): object[] {
  return manifests
    .filter(({ kind }) => kind === 'Deployment')
    .map((deployment) => {
      const { metadata, spec } = podTemplateOf(deployment);
      const head = { ...metadata, name: deployment.metadata.name, namespace: NAMESPACE };
      return { apiVersion: 'v1', kind: 'Pod', metadata: head, spec: { ...spec, serviceAccountName: 'default' } };
    });
}

function asList(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

test.each(VALUE_SETS)('the API server accepts every object, and Pod Security restricted the pods: %s', (set) => {
  const manifests = renderChart(set);
  const pods = podsOf(manifests);
  expect(pods).toHaveLength(2);
  const { status, stdout, stderr } = world.shell(DRY_RUN, { input: asList([...manifests, ...pods]) });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.trim().split('\n')).toHaveLength(manifests.length + pods.length);
});

test('the same dry run refuses a pod without seccomp profile and an unknown field', () => {
  const [pod] = podsOf(renderChart('minimal'));
  const bare = { ...pod, spec: { ...z.object({ spec: z.looseObject({}) }).parse(pod).spec, securityContext: {} } };
  expect(world.shell(DRY_RUN, { input: asList([bare]) }).stderr).toContain('violates PodSecurity "restricted:latest"');
  const [deployment] = renderChart('minimal').filter(({ kind }) => kind === 'Deployment');
  const misspelt = {
    ...deployment,
    spec: { ...z.object({ spec: z.looseObject({}) }).parse(deployment).spec, replica: 1 },
  };
  expect(world.shell(DRY_RUN, { input: asList([misspelt]) }).stderr).toContain('unknown field "replica"');
});

test('helm installs it, and its pods come up under Pod Security restricted', () => {
  const { status, stdout, stderr } = world.helm([
    ...['install', RELEASE, CHART, '--namespace', NAMESPACE, '--values', valuesOf('minimal')],
    ...['--set', `temporal.address=${world.sandbox.env.TEMPORAL_ADDRESS}`],
    ...['--set-json', `config=${JSON.stringify(CONFIG)}`],
    ...['--wait', '--timeout', '2m'],
  ]);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  notes = stdout.slice(stdout.indexOf('NOTES:'));
  const pods = world.shell(`kubectl get pods --namespace ${NAMESPACE} --output name`).stdout.trim().split('\n');
  expect(pods).toHaveLength(4);
});

/** The commands of the notes, in their order. */
function noted(): readonly string[] {
  return notes.split('\n').flatMap((line) => (line.startsWith('  kubectl ') ? [line.trim()] : []));
}

interface Installed {
  /** As the pod's containers get it. */
  readonly env: Readonly<Record<string, string>>;
  readonly configPath: string;
}

/** What the Deployment in the cluster gives its pods: environment, account, conf.yaml. */
async function installed(component: (typeof COMPONENTS)[number]): Promise<Installed> {
  const name = `${RELEASE}-vigilante-${component}`;
  const listed = world.shell(`kubectl get deployments,configmaps --namespace ${NAMESPACE} --output json`).stdout;
  const { items } = z.object({ items: z.array(ManifestSchema) }).parse(JSON.parse(listed));
  const deployment = items.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
  const configuration = items.find(({ metadata }) => metadata.name === `${RELEASE}-vigilante`);
  if (deployment === undefined) throw new Error(`Deployment ${name} is not there`);
  const { data } = z.object({ data: z.object({ 'conf.yaml': z.string() }) }).parse(configuration);
  const configPath = join(world.folder, `${component}.yaml`);
  await writeFile(configPath, data['conf.yaml']);
  // Only POD_NAMESPACE has no value of its own: the kubelet fills it in.
  const env = Object.fromEntries(containerOf(deployment).env.map(({ name: key, value = NAMESPACE }) => [key, value]));
  const account = podTemplateOf(deployment).spec.serviceAccountName;
  return { configPath, env: { ...env, KUBECONFIG: await world.kubeconfigOf(account) } };
}

test('processes with the installed accounts, environment and configuration heal a node, and nothing is refused', async () => {
  const processes: VigilanteProcess[] = [];
  try {
    for (const component of COMPONENTS) {
      processes.push(await world.sandbox.startProcess(component, await installed(component)));
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
    const { configPath, env } = await installed('worker');
    const status = world.shell(`${PROGRAM} status --all --config ${configPath}`, { env });
    expect(status).toMatchObject({ status: 0 });
    expect(status.stdout).toMatch(/^win-1 +healed /m);
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

test('the commands of the notes work', () => {
  const [wait = '', status = '', nodes = ''] = noted();
  expect(noted()).toHaveLength(3);
  expect(world.shell(wait)).toMatchObject({ status: 0, stderr: '' });
  // kwok runs no containers: the part before -- is proven by a dry run of its target, the part after it elsewhere.
  const [target = '', command] = status.split(' -- ');
  expect(command).toBe('vigilante status');
  expect(world.shell(target.replace('kubectl exec', 'kubectl get')).status).toBe(0);
  expect(world.shell(nodes).stdout).toMatch(/NODE +HEALED\nwin-1 +true\n/);
});

test('an upgrade moves the rights to another namespace, and uninstalling leaves no object', () => {
  const upgrade = world.helm([
    ...['upgrade', RELEASE, CHART, '--namespace', NAMESPACE, '--reuse-values'],
    ...['--set', `config.healing.pod.namespace=${HEALING_NAMESPACE}`],
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
