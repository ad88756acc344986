/** The only control-plane node of a cluster: its API server is away while it is exchanged, and what began goes on. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MACHINE_ANNOTATION } from '../../sandbox/machines/machine-behaviour.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { KUBERNETES_VERSIONS, kubernetesTool } from '../../sandbox/tools/kubernetes-versions.ts';
import { resolveTools } from '../../sandbox/tools/resolve-tool.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeState } from '../e2e/maintenance-world.ts';
import { apiServerVersions } from '../fixtures/control-plane-facts.ts';
import { actByHand } from '../fixtures/exchange-acts.ts';

const [OLD, NEXT] = KUBERNETES_VERSIONS;
const WAIT_MS = 240_000;

let sandbox: Sandbox;

beforeAll(async () => {
  const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
  await resolveTools(programs.map((program) => kubernetesTool(program, NEXT)));
  sandbox = await startSandbox({ controlPlane: 1, machines: true, report: () => {} });
}, 3_600_000);

afterAll(async () => {
  await sandbox?.stop();
});

const versionIs = (version: string | null) => async () => (await apiServerVersions(sandbox.layout))['cp-1'] === version;

test('all of it is exchanged by one act, whose pod ends although nothing answered meanwhile', async () => {
  expect(await actByHand(sandbox.api, { node: 'cp-1', phase: 'node', kubernetes: NEXT })).toBe('Succeeded');
  expect(await versionIs(NEXT)()).toBe(true);
  await waitUntil(async () => (await nodeState(sandbox, 'cp-1'))?.kubelet === NEXT, {
    what: 'the kubelet',
    timeoutMs: WAIT_MS,
  });
}, 600_000);

test('an API server that never returns is away until it is repaired, and then the act is seen to have failed', async () => {
  await sandbox.annotateNode('cp-1', { [MACHINE_ANNOTATION]: 'never-returns' });
  const isKnown = async () => (await sandbox.getNode('cp-1'))?.annotations[MACHINE_ANNOTATION] === 'never-returns';
  await waitUntil(isKnown, { what: 'the behaviour', timeoutMs: WAIT_MS });
  const ended = actByHand(sandbox.api, { node: 'cp-1', phase: 'api-server', kubernetes: OLD });
  await waitUntil(versionIs(null), { what: 'the API server to be away', timeoutMs: WAIT_MS });
  await sandbox.controlPlane.repair('cp-1');
  expect(await versionIs(OLD)()).toBe(true);
  expect(await ended).toBe('Failed');
}, 600_000);
