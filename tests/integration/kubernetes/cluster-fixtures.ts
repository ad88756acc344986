/** Nodes and pod states as a cluster would make them, written by an administrator. */

import type { NodeRef } from '../../../domain/node/identity.ts';
import { type ApiClient, MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { RELEASE_NAMESPACE } from '../../../sandbox/layout.ts';
import { nodeRef } from '../../fixtures/nodes.ts';

export const NAMESPACE = RELEASE_NAMESPACE;

export interface NodeOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ready?: boolean;
}

export async function createNode(admin: ApiClient, name: string, options: NodeOptions = {}): Promise<NodeRef> {
  const { annotations = {}, labels = { 'kubernetes.io/os': 'windows' }, ready = true } = options;
  const { body } = await admin.demand('POST', '/api/v1/nodes', { body: { metadata: { name, labels, annotations } } });
  await setReady(admin, name, ready);
  return nodeRefOf(body);
}

export async function setReady(admin: ApiClient, name: string, ready: boolean): Promise<void> {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }];
  await patch(admin, `/api/v1/nodes/${name}/status`, { status: { conditions } });
}

export async function patchNode(admin: ApiClient, name: string, metadata: object): Promise<void> {
  await patch(admin, `/api/v1/nodes/${name}`, { metadata });
}

/** What the kubelet reports of its machine. */
export async function patchNodeInfo(admin: ApiClient, name: string, info: object): Promise<void> {
  const texts = ['machineID', 'systemUUID', 'bootID', 'kernelVersion', 'osImage', 'containerRuntimeVersion'];
  const rest = [...texts, 'kubeletVersion', 'kubeProxyVersion', 'operatingSystem', 'architecture'];
  const nodeInfo = { ...Object.fromEntries(rest.map((key) => [key, ''])), ...info };
  await patch(admin, `/api/v1/nodes/${name}/status`, { status: { nodeInfo } });
}

export async function deleteNode(admin: ApiClient, name: string): Promise<void> {
  await admin.demand('DELETE', `/api/v1/nodes/${name}`);
}

export async function annotationsOf(admin: ApiClient, name: string): Promise<Readonly<Record<string, string>>> {
  const { body } = await admin.demand('GET', `/api/v1/nodes/${name}`);
  return fields(fields(body)['metadata'])['annotations'] as Record<string, string>;
}

/** What kubelet writes when the sandbox of a pod is ready. */
export async function provePod(admin: ApiClient, name: string, podIP = '10.244.3.7'): Promise<void> {
  const conditions = [{ type: 'PodReadyToStartContainers', status: 'True' }];
  const status = { phase: 'Running', hostIP: '10.0.0.4', podIP, podIPs: [{ ip: podIP }], conditions };
  await patch(admin, `/api/v1/namespaces/${NAMESPACE}/pods/${name}/status`, { status });
}

export async function podNames(admin: ApiClient): Promise<string[]> {
  const pods = await itemsOf(admin, `/api/v1/namespaces/${NAMESPACE}/pods`);
  return pods.map((pod) => String(fields(pod['metadata'])['name'])).toSorted();
}

export async function itemsOf(admin: ApiClient, path: string): Promise<Record<string, unknown>[]> {
  const { body } = await admin.demand('GET', path);
  return fields(body)['items'] as Record<string, unknown>[];
}

export function fields(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`${JSON.stringify(value)} is no object`);
  return value as Record<string, unknown>;
}

function nodeRefOf(body: unknown): NodeRef {
  const metadata = fields(fields(body)['metadata']);
  return nodeRef(String(metadata['name']), String(metadata['uid']));
}

async function patch(admin: ApiClient, path: string, body: object): Promise<void> {
  await admin.demand('PATCH', path, { body, contentType: MERGE_PATCH });
}
