/** Control-plane nodes whose components an act exchanges for the next version of Kubernetes: the real programs, one by one. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MACHINE_ANNOTATION } from '../../sandbox/machines/machine-behaviour.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { KUBERNETES_VERSIONS, kubernetesTool } from '../../sandbox/tools/kubernetes-versions.ts';
import { resolveTools } from '../../sandbox/tools/resolve-tool.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeState } from '../e2e/maintenance-world.ts';
import { apiServerVersions, staticPodsSeen } from '../fixtures/control-plane-facts.ts';
import { actByHand } from '../fixtures/exchange-acts.ts';
import { offences } from '../version-sampler/judge.ts';
import type { Sample, Sampled } from '../version-sampler/sample.ts';
import { type Sampler, startSampler } from '../version-sampler/start-sampler.ts';
import { versionTable } from '../version-sampler/table.ts';

const [OLD, NEXT] = KUBERNETES_VERSIONS;
const NODES = ['cp-1', 'cp-2', 'cp-3'];
/** Controllers ask their own API server, kubelets any. */
const REACH = { controllers: 'own', kubelets: 'any' } as const;
const WAIT_MS = 240_000;
/** Programs that are not there yet are built. */
const START_MS = 3_600_000;

let folder: string;
let sandbox: Sandbox;
let sampler: Sampler;

beforeAll(async () => {
  const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
  await resolveTools(programs.map((program) => kubernetesTool(program, NEXT)));
  folder = await mkdtemp(join(tmpdir(), 'vigilante-samples-'));
  sandbox = await startSandbox({ controlPlane: 3, machines: true, report: () => {} });
  sampler = await startSampler([sandbox.layout], join(folder, 'samples.jsonl'));
}, START_MS);

afterAll(async () => {
  await sampler?.stop();
  await sandbox?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

/** What the sampler saw last, by node. */
async function programs(component: Sampled): Promise<Readonly<Record<string, string>>> {
  const { readings } = await lastSample();
  const own = readings.filter((reading) => reading.component === component);
  return Object.fromEntries(own.map(({ node, version }) => [node, version]));
}

async function lastSample(): Promise<Sample> {
  const after = Date.now();
  return waitUntil(async () => (await sampler.samples()).findLast(({ atMs }) => atMs > after) ?? null, {
    what: 'another sample',
    timeoutMs: WAIT_MS,
  });
}

async function behave(node: string, behaviour: string): Promise<void> {
  await sandbox.annotateNode(node, { [MACHINE_ANNOTATION]: behaviour });
  // The player watches nodes; an act that it saw first would find the behaviour of before.
  await lastSample();
}

test('static pods node by node, then kubelets: the programs are the next ones, and no sample breaks the policy', async () => {
  for (const node of NODES) {
    expect(await actByHand(sandbox.api, { node, phase: 'control-pods', kubernetes: NEXT })).toBe('Succeeded');
    expect((await apiServerVersions(sandbox.layout))[node]).toBe(NEXT);
    expect((await nodeState(sandbox, node))?.kubelet).toBe(OLD);
  }
  for (const node of NODES) {
    expect(await actByHand(sandbox.api, { node, phase: 'kubelet', kubernetes: NEXT })).toBe('Succeeded');
    await waitUntil(async () => (await nodeState(sandbox, node))?.kubelet === NEXT, {
      what: `the kubelet of ${node}`,
      timeoutMs: WAIT_MS,
    });
  }
  for (const component of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet'] as const) {
    expect(await programs(component)).toEqual(Object.fromEntries(NODES.map((node) => [node, NEXT])));
  }
  const samples = await sampler.samples();
  process.stderr.write(`${samples.length} samples\n${versionTable(samples)}\n`);
  expect(samples.flatMap((sample) => offences(sample, REACH))).toEqual([]);
}, 900_000);

test('an observer sees the next version in the images of the static pods', async () => {
  for (const component of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const) {
    const seen = async () => {
      const pods = await staticPodsSeen(sandbox.api, component);
      return pods.length === NODES.length && pods.every(({ isReady, image }) => isReady && image.endsWith(`:${NEXT}`));
    };
    await waitUntil(seen, { what: `three pods of ${component} ${NEXT}`, timeoutMs: WAIT_MS });
  }
});

test('the sampler and its judge see a kubelet that is newer than an API server', async () => {
  expect(await actByHand(sandbox.api, { node: 'cp-1', phase: 'api-server', kubernetes: OLD })).toBe('Succeeded');
  const { readings } = await lastSample();
  expect(readings.find(({ node, component }) => node === 'cp-1' && component === 'kube-apiserver')?.says).toBe(OLD);
  expect(offences(await lastSample(), REACH)).toContain(
    `kubelet ${NEXT} of cp-2 is newer than kube-apiserver ${OLD} of cp-1`,
  );
  expect(await actByHand(sandbox.api, { node: 'cp-1', phase: 'api-server', kubernetes: NEXT })).toBe('Succeeded');
  expect(offences(await lastSample(), REACH)).toEqual([]);
}, 600_000);

test('a node that lies ends its act well and keeps what it has', async () => {
  await behave('cp-2', 'lies');
  expect(await actByHand(sandbox.api, { node: 'cp-2', phase: 'controllers', kubernetes: OLD })).toBe('Succeeded');
  expect((await programs('kube-scheduler'))['cp-2']).toBe(NEXT);
  await behave('cp-2', 'reboots');
}, 600_000);

test('an API server that never returns leaves the others as they are, until somebody repairs it', async () => {
  await behave('cp-3', 'never-returns');
  expect(await actByHand(sandbox.api, { node: 'cp-3', phase: 'control-pods', kubernetes: OLD })).toBe('Failed');
  const isAway = async () => (await apiServerVersions(sandbox.layout))['cp-3'] === null;
  await waitUntil(isAway, { what: 'the API server of cp-3 to be away', timeoutMs: WAIT_MS });
  expect(await programs('kube-scheduler')).toEqual(Object.fromEntries(NODES.map((node) => [node, NEXT])));
  const pods = await staticPodsSeen(sandbox.api, 'kube-apiserver');
  expect(pods.map(({ node, isReady }) => `${node} ${isReady}`)).toEqual(['cp-1 true', 'cp-2 true', 'cp-3 false']);
  await sandbox.controlPlane.repair('cp-3');
  expect((await apiServerVersions(sandbox.layout))['cp-3']).toBe(OLD);
}, 600_000);
