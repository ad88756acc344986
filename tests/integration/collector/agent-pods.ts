/** Pods of agents in a real API server without controllers, on a node of their own. */

import { type ApiClient, MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { createNode } from '../kubernetes/cluster-fixtures.ts';

export interface ApiServerPods {
  /** On the node of these pods, unless the change says otherwise. */
  add(name: string, change?: PodChange): Promise<void>;
  setPhase(name: string, phase: 'Running' | 'Failed' | 'Succeeded' | 'Unknown'): Promise<void>;
  /** At once, without a grace. */
  remove(name: string): Promise<void>;
  removeAll(): Promise<void>;
  names(): ReadonlySet<string>;
}

export interface PodChange {
  readonly labels?: Readonly<Record<string, string>>;
  /** Fields of the pod's spec, such as `nodeName`; undefined leaves one out. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export async function createAgentPods(
  admin: ApiClient,
  { namespace, node }: { readonly namespace: string; readonly node: string },
): Promise<ApiServerPods> {
  await admin.demand('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } }, alsoFine: [409] });
  // The controller manager would make it; without it no pod is admitted.
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await admin.demand('POST', accounts, { body: { metadata: { name: 'default' } }, alsoFine: [409] });
  const isThere = (await admin.call('GET', `/api/v1/nodes/${node}`)).status === 200;
  if (!isThere) await createNode(admin, node, { labels: { 'kubernetes.io/os': 'linux' } });
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const names = new Set<string>();
  const remove = async (name: string) => {
    await admin.demand('DELETE', `${path}/${name}`, { body: { gracePeriodSeconds: 0 }, alsoFine: [404] });
    names.delete(name);
  };
  return {
    async add(name, { labels = { app: 'netchecker-agent' }, spec = {} } = {}) {
      const whole = { nodeName: node, containers: [{ name: 'agent', image: 'x' }], ...spec };
      await admin.demand('POST', path, { body: { metadata: { name, labels }, spec: whole } });
      names.add(name);
    },
    async setPhase(name, phase) {
      await admin.demand('PATCH', `${path}/${name}/status`, { body: { status: { phase } }, contentType: MERGE_PATCH });
    },
    remove,
    async removeAll() {
      for (const name of names) await remove(name);
    },
    names: () => names,
  };
}
