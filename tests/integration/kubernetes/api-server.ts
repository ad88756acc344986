/** A real etcd and kube-apiserver of the sandbox without controllers: the tests play scheduler and kubelet. */

import { readFile, writeFile } from 'node:fs/promises';
import { type Component } from '../../../contracts/processes.ts';
import type { KubeconfigSource } from '../../../kubernetes/client/kubeconfig.ts';
import { createAccounts } from '../../../sandbox/accounts.ts';
import { adminAccess } from '../../../sandbox/admin-access.ts';
import { type ApiClient, createApiClient } from '../../../sandbox/api-client.ts';
import { auditUser } from '../../../sandbox/audit.ts';
import { createFolder } from '../../../sandbox/folder.ts';
import {
  apiServerUrl,
  fileOf,
  RELEASE_NAMESPACE,
  type SandboxLayout,
  serviceAccountOf,
} from '../../../sandbox/layout.ts';
import { etcdUrl } from '../../../sandbox/parts/etcd.ts';
import { allRights, applyRbac, isPath, namespaceOf, type Right } from '../../../sandbox/rbac.ts';
import { reap } from '../../../sandbox/reap.ts';
import { startReaper } from '../../../sandbox/reaper.ts';
import { resolveTools } from '../../../sandbox/tools/resolve-tool.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { createWorld } from '../../../sandbox/world.ts';

export type KubeconfigFile = KubeconfigSource & { readonly kind: 'file' };

export interface TestApiServer {
  /** With the administrator's rights. */
  readonly admin: ApiClient;
  readonly url: string;
  /** Its store, which other keys may live in as well. */
  readonly etcdUrl: string;
  kubeconfig(user: 'admin' | Component): KubeconfigFile;
  /** A copy of the administrator's kubeconfig in which every `from` is `to`. */
  alteredKubeconfig(replacement: { readonly from: string; readonly to: string }): Promise<KubeconfigFile>;
  readonly adminToken: string;
  /** The private key that signs service account tokens, PEM. */
  serviceAccountKey(): Promise<string>;
  /** Gives worker and starter the chart's rules without the rights to omit, and waits until that holds. */
  setRights(omit: readonly Right[]): Promise<void>;
  /** kill -9; the store stays. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startApiServer(): Promise<TestApiServer> {
  const tools = await resolveTools(['etcd', 'kube-apiserver']);
  const layout = await createFolder({});
  const reaper = startReaper(layout.id, layout.folder);
  const world = createWorld(layout, tools);
  await world.startPart('etcd');
  await world.startPart('apiserver');
  const admin = createApiClient(await adminAccess(layout));
  await createAccounts(admin, layout);
  // The controller manager would make it; without it no pod is admitted.
  const accounts = `/api/v1/namespaces/${RELEASE_NAMESPACE}/serviceaccounts`;
  await admin.demand('POST', accounts, { body: { metadata: { name: 'default' } } });
  await setRights(admin, []);
  return {
    admin,
    url: apiServerUrl(layout),
    etcdUrl: etcdUrl(layout),
    adminToken: layout.adminToken,
    serviceAccountKey: () => readFile(fileOf(layout, 'service-account.key'), 'utf8'),
    kubeconfig: (user) => ({ kind: 'file', path: fileOf(layout, `kubeconfig-${user}`) }),
    alteredKubeconfig: (replacement) => alteredKubeconfig(layout, replacement),
    setRights: (omit) => setRights(admin, omit),
    kill: () => world.killPart('apiserver'),
    restart: () => world.startPart('apiserver'),
    async stop() {
      world.release();
      await admin.close();
      await reap(layout.id, layout.folder);
      await reaper.release();
    },
  };
}

let copies = 0;

async function alteredKubeconfig(
  layout: SandboxLayout,
  { from, to }: { from: string; to: string },
): Promise<KubeconfigFile> {
  const text = await readFile(fileOf(layout, 'kubeconfig-admin'), 'utf8');
  copies += 1;
  const path = fileOf(layout, `kubeconfig-copy-${copies}`);
  await writeFile(path, text.replaceAll(from, to));
  return { kind: 'file', path };
}

async function setRights(admin: ApiClient, omit: readonly Right[]): Promise<void> {
  await applyRbac(admin, omit);
  // The authorizer reads roles from a cache of its own.
  for (const right of await allRights()) {
    const wanted = !omit.some((omitted) => JSON.stringify(omitted) === JSON.stringify(right));
    const holds = async () => (await isAllowed(admin, right)) === wanted;
    await waitUntil(holds, { what: `${JSON.stringify(right)} to be ${wanted}`, timeoutMs: 120_000 });
  }
}

async function isAllowed(admin: ApiClient, right: Right): Promise<boolean> {
  const { component, apiGroup: group, resource: path, verb } = right;
  const user = auditUser(serviceAccountOf(component));
  const [resource, subresource = ''] = path.split('/');
  const asked = isPath(right)
    ? { nonResourceAttributes: { path, verb } }
    : { resourceAttributes: { namespace: namespaceOf(right) ?? '', group, resource, subresource, verb } };
  const { body } = await admin.demand('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    body: { spec: { user, ...asked } },
  });
  return JSON.stringify(body).includes('"allowed":true');
}
