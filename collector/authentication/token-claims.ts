/** What a service account token says of itself. Nothing of it is proven: it only spares questions that are in vain. */

export interface TokenClaims {
  readonly audiences: readonly string[];
  /** Milliseconds since 1970; null where the token names no end. */
  readonly endMs: number | null;
  /** Name of the account, such as `system:serviceaccount:agents:default`. */
  readonly username: string;
  /** The pod that it is bound to; null where it is bound to none. */
  readonly pod: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    /** API servers before 1.32 do not say it. */
    readonly nodeName: string | null;
  } | null;
}

const PARTS = 3;
const SECOND_MS = 1_000;

/** Null for what is no signed JSON Web Token. */
export function parseTokenClaims(token: string): TokenClaims | null {
  const parts = token.split('.');
  const header = partOf(parts[0]);
  const payload = partOf(parts[1]);
  if (parts.length !== PARTS || parts[2] === '' || header === null || payload === null) return null;
  const { alg } = header;
  if (typeof alg !== 'string' || alg.toLowerCase() === 'none') return null;
  const { aud, exp, sub } = payload;
  return {
    audiences: (Array.isArray(aud) ? aud : [aud]).filter((one) => typeof one === 'string'),
    endMs: typeof exp === 'number' ? exp * SECOND_MS : null,
    username: textOf(sub) ?? '',
    pod: podOf(payload['kubernetes.io']),
  };
}

function podOf(claim: unknown): TokenClaims['pod'] {
  if (!isObject(claim) || !isObject(claim['pod'])) return null;
  const namespace = textOf(claim['namespace']);
  const name = textOf(claim['pod']['name']);
  const uid = textOf(claim['pod']['uid']);
  if (namespace === null || name === null || uid === null) return null;
  return { namespace, name, uid, nodeName: isObject(claim['node']) ? textOf(claim['node']['name']) : null };
}

function partOf(part: string | undefined): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
