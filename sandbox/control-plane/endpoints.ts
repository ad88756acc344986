/** The EndpointSlice `default/kubernetes` with the address of each API server. */

import type { SandboxLayout } from '../layout.ts';
import { etcdUrl } from '../parts/etcd.ts';
import { controlPlaneNodes } from '../parts/place.ts';

const KEY = '/registry/endpointslices/default/kubernetes';

/**
 * Into the store itself: an API server writes no such object with a loopback address, and addresses of this machine that
 * are no loopback addresses need root.
 */
export async function writeEndpoints(layout: SandboxLayout): Promise<void> {
  const [first] = controlPlaneNodes(layout);
  if (first === undefined) return;
  const answer = await fetch(`${etcdUrl(layout, first)}/v3/kv/put`, {
    method: 'POST',
    body: JSON.stringify({ key: base64(KEY), value: base64(JSON.stringify(endpointSlice(layout))) }),
  });
  if (!answer.ok) throw new Error(`etcd did not take ${KEY}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

function endpointSlice(layout: SandboxLayout): object {
  return {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      uid: layout.id,
      creationTimestamp: `${new Date().toISOString().slice(0, 19)}Z`,
      labels: { 'kubernetes.io/service-name': 'kubernetes' },
    },
    addressType: 'IPv4',
    endpoints: controlPlaneNodes(layout).map(({ address }) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'https', port: layout.ports.apiserver, protocol: 'TCP' }],
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
