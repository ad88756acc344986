/** Namespaces, ServiceAccounts and kubeconfig files of our own processes. */

import { z } from 'zod';
import { COMPONENTS } from '../contracts/processes.ts';
import type { ApiClient } from './api-client.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { MAINTENANCE_NAMESPACE, RELEASE_NAMESPACE, type SandboxLayout, serviceAccountOf } from './layout.ts';
import { waitUntil } from './wait-until.ts';

/** A sandbox lives for hours, not days; nothing renews the tokens. */
const TOKEN_SECONDS = 7 * 86_400;
const ACCOUNTS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/serviceaccounts`;
const DEFAULT_ACCOUNT_TIMEOUT_MS = 60_000;
/** With the level of Pod Security that they enforce. */
const NAMESPACES = [
  [RELEASE_NAMESPACE, 'restricted'],
  [MAINTENANCE_NAMESPACE, 'privileged'],
] as const;

const TokenRequestSchema = z.object({ status: z.object({ token: z.string().min(1) }) });

export async function createAccounts(api: ApiClient, layout: SandboxLayout): Promise<void> {
  for (const [name, level] of NAMESPACES) {
    const labels = { 'pod-security.kubernetes.io/enforce': level };
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
    await api.demand('POST', '/api/v1/namespaces', { body, alsoFine: [409] });
  }
  for (const component of COMPONENTS) {
    const name = serviceAccountOf(component);
    const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } };
    await api.demand('POST', ACCOUNTS, { body, alsoFine: [409] });
    await writeKubeconfig(layout, { user: component, token: await requestToken(api, { account: name }) });
  }
}

export interface ServiceAccountToken {
  readonly account: string;
  /** Default: the API server's own. */
  readonly audience?: string;
  /** The token is of no use once this pod is gone; it also names the pod's node. */
  readonly pod?: { readonly name: string; readonly uid: string };
}

export async function requestToken(api: ApiClient, { account, audience, pod }: ServiceAccountToken): Promise<string> {
  const answer = await api.demand('POST', `${ACCOUNTS}/${account}/token`, {
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds: TOKEN_SECONDS,
        ...(audience === undefined ? {} : { audiences: [audience] }),
        ...(pod === undefined ? {} : { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', ...pod } }),
      },
    },
  });
  return TokenRequestSchema.parse(answer.body).status.token;
}

/** Without it the API server refuses every pod of the namespace; the controller manager makes it. */
export async function waitForDefaultAccount(api: ApiClient): Promise<void> {
  const path = `${ACCOUNTS}/default`;
  await waitUntil(async () => (await api.call('GET', path)).status === 200, {
    what: `the ServiceAccount default in ${RELEASE_NAMESPACE}`,
    timeoutMs: DEFAULT_ACCOUNT_TIMEOUT_MS,
  });
}
