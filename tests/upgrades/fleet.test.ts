/** Three clusters on one Temporal: each is maintained by its own processes, which no other cluster lets in. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { createApiClient } from '../../sandbox/api-client.ts';
import { FLEET, type Fleet, startFleet } from '../../sandbox/fleet.ts';
import { readKubeconfig } from '../../sandbox/kubeconfig.ts';
import { LINUX_GROUP, REBOOT_EXECUTOR, withMaintenance } from '../../sandbox/machines/maintenance-config.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { maintenancesOf } from '../../temporal/maintenance/maintenances.ts';
import { nodeState } from '../e2e/maintenance-world.ts';
import { REBOOT } from '../fixtures/maintenance.ts';
import { nodeName, nodeUid } from '../fixtures/nodes.ts';
import { temporalClientOf } from '../fixtures/sandbox-temporal.ts';

const READY_TIMEOUT_MS = 300_000;

let fleet: Fleet;
let temporal: Client;

beforeAll(async () => {
  const vigilante = withMaintenance({}, { nodesMax: 1, exchanges: true });
  fleet = await startFleet({ vigilante, machines: true, report: () => {} });
  const started = await Promise.all(
    fleet.clusters.flatMap((sandbox) => [sandbox.startProcess('maintainer'), sandbox.startProcess('starter')]),
  );
  for (const process of started) await process.waitUntilReady(READY_TIMEOUT_MS);
  const [first] = fleet.clusters;
  if (first === undefined) throw new Error('a fleet without clusters');
  temporal = await temporalClientOf(first);
}, 900_000);

afterAll(async () => {
  await temporal?.connection.close();
  await fleet?.stop();
});

test('each cluster has its control-plane nodes and six workers, and all have one Temporal', async () => {
  const counts = fleet.clusters.map(async (sandbox) => (await sandbox.listNodes()).length);
  expect(await Promise.all(counts)).toEqual(FLEET.map(({ controlPlane }) => controlPlane + 6));
  expect(fleet.clusters.map(({ layout }) => layout.cluster)).toEqual(['sandbox', 'staging', 'production']);
  expect(new Set(fleet.clusters.map(({ env }) => env.TEMPORAL_ADDRESS)).size).toBe(1);
});

test('the account of the maintainer of one cluster is nobody in another', async () => {
  for (const own of fleet.clusters) {
    const { token } = await readKubeconfig(own.kubeconfigOf('maintainer'));
    const statuses = fleet.clusters.map(async (other) => {
      const access = await readKubeconfig(other.kubeconfigOf('maintainer'));
      const api = createApiClient({ ...access, token });
      const { status } = await api.call('GET', '/api/v1/nodes');
      await api.close();
      return status;
    });
    expect(await Promise.all(statuses)).toEqual(fleet.clusters.map((other) => (other === own ? 200 : 401)));
  }
});

async function reboot(sandbox: Sandbox, node: string) {
  const { cluster } = sandbox.layout;
  const maintenances = maintenancesOf(temporal, { cluster, searchAttributes: false });
  const state = await nodeState(sandbox, node);
  await maintenances.start({
    cluster,
    node: { name: nodeName(node), uid: nodeUid(state?.uid ?? '') },
    run: 'fleet',
    group: LINUX_GROUP.name,
    purpose: 'by-hand',
    phase: 'node',
    executor: REBOOT_EXECUTOR,
    // No cluster has a collector: what agents say would be unknown.
    expect: { ...REBOOT, connectivity: 'off' },
    parent: null,
  });
  return (await maintenances.result(nodeName(node))).outcome;
}

test('a maintenance of one cluster is done there, and in no other', async () => {
  const [, staging] = fleet.clusters;
  if (staging === undefined) throw new Error('a fleet without staging');
  const boots = () => Promise.all(fleet.clusters.map(async (one) => (await nodeState(one, 'lin-1'))?.bootId));
  const before = await boots();
  expect(await reboot(staging, 'lin-1')).toBe('done');
  const after = await boots();
  expect(after.map((boot, index) => boot !== before[index])).toEqual([false, true, false]);
}, 600_000);

test('each cluster is maintained', async () => {
  expect(await Promise.all(fleet.clusters.map((one) => reboot(one, 'lin-2')))).toEqual(['done', 'done', 'done']);
}, 600_000);
