/** Versions as they are read of a real API server that says itself, in its EndpointSlice, where it is. */

import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ControlPlane } from '../../../domain/upgrade/observed.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { type ApiServers, createApiServers } from '../../../kubernetes/upgrade/api-servers.ts';
import { createVersionReader } from '../../../kubernetes/upgrade/versions.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { createNode, patchNodeInfo } from '../kubernetes/cluster-fixtures.ts';
import { type SecondApiServer, startSecondApiServer } from './second-api-server.ts';

jest.setTimeout(240_000);

const CONTROL_PLANE = { 'node-role.kubernetes.io/control-plane': '' };
const WAIT = { what: 'the EndpointSlice of the API server', timeoutMs: 60_000 };

/** No EndpointSlice may name a loopback address. */
const address = Object.values(networkInterfaces())
  .flatMap((found) => found ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
const withAddress = address === undefined ? describe.skip : describe;

let first: TestApiServer;
let second: SecondApiServer;
let cluster: ClusterConnection;
let apiServers: ApiServers;

const observe = (controlPlane: ControlPlane = 'pods') => createVersionReader({ cluster, apiServers, controlPlane })();

withAddress('an API server that registers itself', () => {
  beforeAll(async () => {
    first = await startApiServer();
    second = await startSecondApiServer(first, ['--endpoint-reconciler-type=lease'], address);
    cluster = connectCluster({ kubeconfig: second.kubeconfig });
    apiServers = createApiServers({
      cluster,
      configured: [],
      connect: (server) => connectCluster({ kubeconfig: { ...second.kubeconfig, server }, isDryRun: true }),
    });
    for (const name of ['cp-1', 'lin-1']) {
      await createNode(first.admin, name, { labels: name === 'cp-1' ? CONTROL_PLANE : {} });
      await patchNodeInfo(first.admin, name, { kubeletVersion: 'v1.36.3' });
    }
    await setAddress('cp-1', address ?? '');
    const account = { metadata: { name: 'default' } };
    await first.admin.demand('POST', '/api/v1/namespaces/kube-system/serviceaccounts', { body: account });
    await waitUntil(async () => (await apiServers.list()).length > 0, WAIT);
  });

  afterAll(async () => {
    await apiServers?.close();
    await cluster?.close();
    await second?.stop();
    await first?.stop();
  });

  test('M4: it is asked at its own address, and belongs to the node that has it; controllers without a pod halt', async () => {
    const { running, unknown } = await observe();
    expect(running).toContainEqual({
      component: 'kube-apiserver',
      node: 'cp-1',
      version: expect.stringMatching(/^v1\.36\.\d+$/),
      emulated: null,
    });
    expect(unknown).toEqual([
      expect.stringContaining('kube-controller-manager of cp-1'),
      expect.stringContaining('kube-scheduler of cp-1'),
    ]);
  });

  test('M4: controllers, etcd and kube-proxy are known by the images of their pods', async () => {
    for (const [component, image] of [
      ['kube-controller-manager', 'registry.k8s.io/kube-controller-manager:v1.36.3'],
      ['kube-scheduler', 'registry.k8s.io/kube-scheduler:v1.36.2'],
      ['etcd', 'registry.k8s.io/etcd:3.6.16-0'],
    ] as const) {
      await addPod({ name: component, image, labels: { component }, node: 'cp-1' });
    }
    const image = 'registry.k8s.io/kube-proxy:v1.35.4';
    await addPod({ name: 'kube-proxy', image, labels: { 'k8s-app': 'kube-proxy' }, node: 'lin-1' });
    const { running, unknown, unjudged } = await observe();
    expect(running.map(({ component, node, version }) => `${component} ${node} ${version}`)).toEqual(
      expect.arrayContaining([
        'kube-controller-manager cp-1 v1.36.3',
        'kube-scheduler cp-1 v1.36.2',
        'etcd cp-1 v3.6.16',
        'kube-proxy lin-1 v1.35.4',
        'kubelet lin-1 v1.36.3',
      ]),
    );
    expect(unknown).toEqual([]);
    expect(unjudged).toEqual(['kube-proxy: kube-system has no pod of it on nodes, 1 in all']);
  });

  test('M4: a node of the control plane whose API server is nowhere halts, unless the control plane is managed', async () => {
    await setAddress('cp-1', '10.255.255.1');
    const { unknown } = await observe();
    expect(unknown).toEqual([
      expect.stringMatching(/^no node has the address of the API server https:/),
      expect.stringContaining('kube-apiserver of cp-1'),
    ]);
    expect((await observe('managed')).unknown).toEqual([]);
  });
});

async function setAddress(node: string, text: string): Promise<void> {
  const status = { addresses: [{ type: 'InternalIP', address: text }] };
  await first.admin.demand('PATCH', `/api/v1/nodes/${node}/status`, { body: { status }, contentType: MERGE_PATCH });
}

interface SystemPod {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string;
}

async function addPod({ name, image, labels, node }: SystemPod): Promise<void> {
  await first.admin.demand('POST', '/api/v1/namespaces/kube-system/pods', {
    body: { metadata: { name, labels }, spec: { nodeName: node, containers: [{ name, image }] } },
  });
}
