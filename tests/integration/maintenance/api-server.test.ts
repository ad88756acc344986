/** A node whose API server is exchanged: proven by the real `/version`, and expected to be away meanwhile. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WatchNodeInput, WatchNodeResult } from '../../../contracts/maintenance/activities.ts';
import type { ControlPlaneVersion } from '../../../domain/maintenance/facts.ts';
import type { NodeRef } from '../../../domain/node/identity.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { type ApiServers, createApiServers } from '../../../kubernetes/upgrade/api-servers.ts';
import { createNodeApiServer } from '../../../kubernetes/upgrade/node-api-server.ts';
import { REBOOT, version } from '../../fixtures/maintenance.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { createNode } from '../kubernetes/cluster-fixtures.ts';
import { asActivity, maintenanceDeps } from './maintenance-world.ts';

const RUNS: ControlPlaneVersion = { binary: version('v1.36.3'), emulated: '1.36' };

let server: TestApiServer;
let connection: ClusterConnection;
let servers: ApiServers;
let node: NodeRef;

beforeAll(async () => {
  server = await startApiServer();
  const kubeconfig = server.kubeconfig('admin');
  connection = connectCluster({ kubeconfig });
  node = await createNode(server.admin, 'cp-1', {});
  servers = createApiServers({
    cluster: connection,
    configured: [{ url: server.url, serverName: null, node: node.name }],
    connect: (address) => connectCluster({ kubeconfig: { ...kubeconfig, server: address }, isDryRun: true }),
  });
});

afterAll(async () => {
  await servers?.close();
  await connection?.close();
  await server?.stop();
});

function watch(controlPlane: ControlPlaneVersion, forMs: number): Promise<WatchNodeResult> {
  const input: WatchNodeInput = {
    node,
    baseline: { kubelet: null, bootId: '' },
    expect: { ...REBOOT, bootIdChanged: false, connectivity: 'off', controlPlane },
    settleMs: 40,
    forMs,
    handle: null,
    failure: null,
    asksForHealing: false,
  };
  const controlPlaneOf = createNodeApiServer(connection, servers);
  return asActivity(maintenanceDeps(connection, { controlPlaneOf }), (activities) => activities.watchNode(input));
}

test('M18: a node of the control plane is proven by the version of its own API server', async () => {
  const other = { binary: version('v1.37.2'), emulated: '1.37' };
  expect(await watch(other, 100)).toMatchObject({
    kind: 'slice-over',
    missing: ['its API server is v1.36.3 as 1.36, not v1.37.2 as 1.37'],
    facts: { controlPlane: RUNS },
  });
  expect(await watch(RUNS, 60_000)).toMatchObject({ kind: 'proven', facts: { controlPlane: RUNS } });
});

test('M33: the only API server is away while it is exchanged: the watch goes on, and proves it once it is back', async () => {
  await server.kill();
  expect(await watch(RUNS, 500)).toMatchObject({ kind: 'slice-over', facts: null, missing: [expect.any(String)] });
  const watched = watch(RUNS, 120_000);
  await server.restart();
  expect(await watched).toMatchObject({ kind: 'proven', facts: { controlPlane: RUNS } });
});
