/** Asks the API server whose token it is. */

import type { ClusterConnection } from '../client/connection.ts';
import { resourceOf } from '../client/resource.ts';

/** The account, pod and node of a token that the API server knows. */
export interface TokenIdentity {
  readonly username: string;
  /** The service account's, and so the pod's; null for a user that is no service account. */
  readonly namespace: string | null;
  /** The pod that the token is bound to; null for a token that is bound to none. */
  readonly podName: string | null;
  readonly podUid: string | null;
  /** The node of that pod; null where the API server does not say. */
  readonly nodeName: string | null;
}

export interface TokenReviews {
  /** Null for a token that is expired, foreign or made for another audience. Throws `ClusterError`. */
  review(token: string): Promise<TokenIdentity | null>;
}

const GROUP = 'authentication.k8s.io';
const VERSION = 'v1';

/** Names of what the API server says of a pod-bound token (KEP-1205, KEP-4193). */
const POD_NAME_KEY = 'authentication.kubernetes.io/pod-name';
const POD_UID_KEY = 'authentication.kubernetes.io/pod-uid';
const NODE_NAME_KEY = 'authentication.kubernetes.io/node-name';

interface ReviewStatus {
  readonly authenticated?: boolean;
  readonly audiences?: readonly string[];
  readonly user?: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
}

export function createTokenReviews(connection: ClusterConnection, audience: string): TokenReviews {
  const reviews = resourceOf(connection, { group: GROUP, version: VERSION, plural: 'tokenreviews', namespace: null });
  return {
    async review(token) {
      const review = {
        apiVersion: `${GROUP}/${VERSION}`,
        kind: 'TokenReview',
        spec: { token, audiences: [audience] },
      };
      const body = await reviews.create(review, { about: `for audience ${audience}` });
      const status = parseStatus(body);
      // An API server that does not know audiences answers without them: such a token may be for anybody.
      if (status.authenticated !== true || status.audiences?.includes(audience) !== true) return null;
      const extra = status.user?.extra;
      const username = status.user?.username ?? '';
      return {
        username,
        namespace: /^system:serviceaccount:([^:]+):/.exec(username)?.[1] ?? null,
        podName: extra?.[POD_NAME_KEY]?.[0] ?? null,
        podUid: extra?.[POD_UID_KEY]?.[0] ?? null,
        nodeName: extra?.[NODE_NAME_KEY]?.[0] ?? null,
      };
    },
  };
}

function parseStatus(body: unknown): ReviewStatus {
  if (typeof body === 'object' && body !== null && 'status' in body) return body.status as ReviewStatus;
  throw new Error('the API server answered a TokenReview without a status');
}
