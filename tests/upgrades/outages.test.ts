/** What goes down in the middle of an upgrade: a member of etcd, and the only API server of a cluster. */

import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import type { UpgradeClusterInput } from '../../contracts/upgrade/upgrade-cluster.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { MACHINE_ANNOTATION } from '../../sandbox/machines/machine-behaviour.ts';
import { withMaintenance } from '../../sandbox/machines/maintenance-config.ts';
import { KUBERNETES_VERSIONS, kubernetesTool } from '../../sandbox/tools/kubernetes-versions.ts';
import { resolveTools } from '../../sandbox/tools/resolve-tool.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type MaintenanceWorld, nodeState, startMaintenanceWorld } from '../e2e/maintenance-world.ts';
import { upgradeRunOf } from '../e2e/upgrade-run.ts';
import { apiServerVersions, etcdMembers } from '../fixtures/control-plane-facts.ts';
import { version } from '../fixtures/maintenance.ts';
import { completeExchangeConfig } from './exchange-config.ts';

const [OLD, NEXT] = KUBERNETES_VERSIONS;
const WORKERS = ['w-1', 'w-2'];
const WHO = { by: 'anna', reason: 'repaired' };
const WAIT_MS = 420_000;

const INPUT: UpgradeClusterInput = {
  cluster: SANDBOX_CLUSTER,
  run: 'outage',
  versions: { kubernetes: version(NEXT), cni: null, crictl: null, etcd: null, artifacts: [] },
  parts: ['control-plane', 'workers'],
  mode: 'upgrade',
  startedBy: 'anna',
  fleet: null,
};

let world: MaintenanceWorld | null = null;

beforeAll(async () => {
  const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
  await resolveTools(programs.map((program) => kubernetesTool(program, NEXT)));
}, 3_600_000);

afterEach(async () => {
  await world?.stop();
  world = null;
}, 120_000);

/** @param returnWithin how long an API server may be away */
async function startUpgrade(controlPlane: 1 | 3, returnWithin: string, behaviours: Readonly<Record<string, string>>) {
  const started = await startMaintenanceWorld({
    controlPlane,
    vigilante: withMaintenance({}, { nodesMax: 1, oneZoneAtATime: false, exchanges: true, returnWithin }),
    before: async (sandbox) => {
      const rules = { alerts: { source: 'none' }, approval: { required: false } };
      await completeExchangeConfig(sandbox, join(sandbox.layout.folder, 'upgrades'), rules);
      for (const name of WORKERS) await sandbox.addNode(name, { os: 'linux', zone: 'a', boot: `boot-of-${name}` });
      for (const [name, behaviour] of Object.entries(behaviours)) {
        await sandbox.annotateNode(name, { [MACHINE_ANNOTATION]: behaviour });
      }
    },
  });
  world = started;
  const { sandbox } = started;
  const run = upgradeRunOf(started.temporal);
  await run.begin(INPUT);
  return {
    sandbox,
    ...run,
    async versions() {
      const seen = WORKERS.map(async (name) => [name, (await nodeState(sandbox, name))?.kubelet] as const);
      return { ...(await apiServerVersions(sandbox.layout)), ...Object.fromEntries(await Promise.all(seen)) };
    },
  };
}

test('M27: a member of etcd that dies while the second control-plane node is in work halts the run, which goes on after its repair', async () => {
  const { sandbox, until, result, versions } = await startUpgrade(3, '2m', {});
  await waitUntil(async () => (await nodeState(sandbox, 'cp-2'))?.phase === 'acting', {
    what: 'the second node to be acted upon',
    timeoutMs: WAIT_MS,
    pollMs: 50,
  });
  await sandbox.controlPlane.stop('cp-3', 'etcd');
  const { waitsFor } = await until('the halt', ({ state }) => state === 'halted');
  expect(waitsFor.join('; ')).toMatch(/etcd/);
  // Quorum is kept, and nothing else is touched meanwhile.
  expect(await etcdMembers(sandbox.layout)).toEqual(['cp-1', 'cp-2']);
  expect(await versions()).toMatchObject({ 'cp-1': NEXT, 'w-1': OLD, 'w-2': OLD });
  expect((await nodeState(sandbox, 'cp-3'))?.acts).toBe(0);
  await sandbox.controlPlane.start('cp-3', 'etcd');
  expect(await result()).toMatchObject({ outcome: 'done', exceptions: [] });
  expect(new Set(Object.values(await versions()))).toEqual(new Set([NEXT]));
}, 1_500_000);

test('M19, M33: an API server that is the only one is expected to be away; one that does not return is held, and nothing else is touched', async () => {
  const { sandbox, upgrade, until, result, versions } = await startUpgrade(1, '45s', { 'cp-1': 'never-returns' });
  await waitUntil(async () => (await apiServerVersions(sandbox.layout))['cp-1'] === null, {
    what: 'the API server to be away',
    timeoutMs: WAIT_MS,
  });
  expect(await until('an answer', () => true)).toMatchObject({ state: 'running', inWork: ['cp-1'], problems: [] });
  const held = await until('the halt', ({ state }) => state === 'halted');
  expect(held.problems).toMatchObject([{ node: 'cp-1', kind: 'held' }]);
  await sandbox.controlPlane.repair('cp-1');
  expect(await versions()).toMatchObject({ 'w-1': OLD, 'w-2': OLD });
  // Its act has ended in the middle: the rest of the node is still to be exchanged.
  await sandbox.annotateNode('cp-1', { [MACHINE_ANNOTATION]: 'reboots' });
  expect(await upgrade.retry({ ...WHO, node: 'cp-1' })).toMatchObject({ kind: 'result' });
  expect(await result()).toMatchObject({ outcome: 'done', exceptions: [] });
  expect(new Set(Object.values(await versions()))).toEqual(new Set([NEXT]));
}, 1_500_000);
