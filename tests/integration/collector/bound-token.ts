/** A service account token that is bound to a pod, as kubelet mounts it. */

import { z } from 'zod';
import type { ApiClient } from '../../../sandbox/api-client.ts';

const TokenSchema = z.object({ status: z.object({ token: z.string() }) });
const PodSchema = z.object({ metadata: z.object({ uid: z.string() }) });

/** The API server gives none that ends sooner. */
const TOKEN_SECONDS = 600;

export interface TokenWish {
  readonly namespace: string;
  /** Null: a token that is bound to no pod. */
  readonly pod: string | null;
  readonly audience: string;
}

export async function boundToken(admin: ApiClient, { namespace, pod, audience }: TokenWish): Promise<string> {
  const bound = pod === null ? {} : { boundObjectRef: await referenceOf(admin, { namespace, pod }) };
  const { body } = await admin.demand('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`, {
    body: { spec: { audiences: [audience], expirationSeconds: TOKEN_SECONDS, ...bound } },
  });
  return TokenSchema.parse(body).status.token;
}

async function referenceOf(admin: ApiClient, { namespace, pod }: { namespace: string; pod: string }): Promise<object> {
  const { body } = await admin.demand('GET', `/api/v1/namespaces/${namespace}/pods/${pod}`);
  return { apiVersion: 'v1', kind: 'Pod', name: pod, uid: PodSchema.parse(body).metadata.uid };
}
