/** Lists the CertificateSigningRequests. */

import type { SigningRequest } from '../../domain/upgrade/preflight/health.ts';
import type { ClusterConnection } from '../client/connection.ts';
import type { Condition, ObjectMeta } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';

interface SigningRequestObject {
  readonly metadata?: ObjectMeta;
  readonly spec?: { readonly signerName?: string; readonly username?: string };
  readonly status?: { readonly conditions?: readonly Condition[] | null };
}

const REQUESTS = {
  group: 'certificates.k8s.io',
  version: 'v1',
  plural: 'certificatesigningrequests',
  namespace: null,
} as const;

export async function listSigningRequests(cluster: ClusterConnection): Promise<readonly SigningRequest[]> {
  const found: SigningRequest[] = [];
  for await (const { items } of resourceOf(cluster, REQUESTS).pages()) found.push(...items.map(signingRequest));
  return found;
}

/** One without a readable time is as old as can be. */
function signingRequest({ metadata, spec, status }: SigningRequestObject): SigningRequest {
  const createdMs = Date.parse(metadata?.creationTimestamp ?? '');
  return {
    name: metadata?.name ?? '',
    signer: spec?.signerName ?? '',
    requester: spec?.username ?? '',
    createdMs: Number.isNaN(createdMs) ? 0 : createdMs,
    isDecided: (status?.conditions ?? []).length > 0,
  };
}
