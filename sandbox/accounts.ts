/** Namespace, ServiceAccounts and kubeconfig files of our own processes. */

import { z } from 'zod';
import type { ApiClient } from './api-client.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { COMPONENTS, RELEASE_NAMESPACE, type SandboxLayout, serviceAccountOf } from './layout.ts';
import { waitUntil } from './wait-until.ts';

/** A sandbox lives for hours, not days; nothing renews the tokens. */
const TOKEN_SECONDS = 7 * 86_400;
const DEFAULT_ACCOUNT_TIMEOUT_MS = 60_000;

const TokenRequestSchema = z.object({ status: z.object({ token: z.string().min(1) }) });

export async function createAccounts(api: ApiClient, layout: SandboxLayout): Promise<void> {
  await api.demand('POST', '/api/v1/namespaces', {
    body: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: RELEASE_NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    alsoFine: [409],
  });
  const accounts = `/api/v1/namespaces/${RELEASE_NAMESPACE}/serviceaccounts`;
  for (const component of COMPONENTS) {
    const name = serviceAccountOf(component);
    const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } };
    await api.demand('POST', accounts, { body, alsoFine: [409] });
    const answer = await api.demand('POST', `${accounts}/${name}/token`, {
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: TOKEN_SECONDS },
      },
    });
    const { token } = TokenRequestSchema.parse(answer.body).status;
    await writeKubeconfig(layout, { user: component, token });
  }
}

/** Without it the API server refuses every pod of the namespace; the controller manager makes it. */
export async function waitForDefaultAccount(api: ApiClient): Promise<void> {
  const path = `/api/v1/namespaces/${RELEASE_NAMESPACE}/serviceaccounts/default`;
  await waitUntil(async () => (await api.call('GET', path)).status === 200, {
    what: `the ServiceAccount default in ${RELEASE_NAMESPACE}`,
    timeoutMs: DEFAULT_ACCOUNT_TIMEOUT_MS,
  });
}
