/** Pods of agents in a real API server without controllers, on a node of their own. */

import type { ApiClient } from '../../../sandbox/api-client.ts';
import { createNode } from '../kubernetes/cluster-fixtures.ts';

export interface ApiServerPods {
  add(name: string, app?: string): Promise<void>;
  /** At once, without a grace. */
  remove(name: string): Promise<void>;
  removeAll(): Promise<void>;
  names(): ReadonlySet<string>;
}

export async function createAgentPods(
  admin: ApiClient,
  { namespace, node }: { readonly namespace: string; readonly node: string },
): Promise<ApiServerPods> {
  await admin.demand('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } }, alsoFine: [409] });
  // The controller manager would make it; without it no pod is admitted.
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await admin.demand('POST', accounts, { body: { metadata: { name: 'default' } }, alsoFine: [409] });
  await createNode(admin, node, { labels: { 'kubernetes.io/os': 'linux' } });
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const names = new Set<string>();
  const remove = async (name: string) => {
    await admin.demand('DELETE', `${path}/${name}`, { body: { gracePeriodSeconds: 0 }, alsoFine: [404] });
    names.delete(name);
  };
  return {
    async add(name, app = 'netchecker-agent') {
      const spec = { nodeName: node, containers: [{ name: 'agent', image: 'x' }] };
      await admin.demand('POST', path, { body: { metadata: { name, labels: { app } }, spec } });
      names.add(name);
    },
    remove,
    async removeAll() {
      for (const name of names) await remove(name);
    },
    names: () => names,
  };
}
