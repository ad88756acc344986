/** What the answer to an eviction means, or to a deletion in its place. */

export interface EvictionAnswer {
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly message: string;
  /** `details.causes[].reason` of a Status. */
  readonly causes: readonly string[];
  /** Messages of these causes. */
  readonly details: readonly string[];
  /** The header Retry-After, in milliseconds. */
  readonly retryAfterMs: number | null;
}

export type EvictionVerdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'gone' }
  /** A PodDisruptionBudget says no, for now. */
  | { readonly kind: 'budget'; readonly detail: string; readonly againInMs: number }
  /** Someone in between asks to wait, as Strimzi's drain cleaner does. */
  | { readonly kind: 'not-now'; readonly detail: string }
  /** The server is under load, or fails for a moment. */
  | { readonly kind: 'passing'; readonly detail: string }
  | { readonly kind: 'never'; readonly detail: string }
  | { readonly kind: 'forbidden'; readonly detail: string };

const BUDGET_AGAIN_MS = 5_000;
const BUDGET_CAUSE = 'DisruptionBudget';
const SEVERAL_BUDGETS = /more than one PodDisruptionBudget/;
/** The words of RBAC; a webhook that denies has others. */
const NO_RIGHT = /cannot (create resource "pods\/eviction"|delete resource "pods")/;
const OTHER_UID = /precondition|uid/i;

export function evictionVerdict({ status, message, causes, details, retryAfterMs }: EvictionAnswer): EvictionVerdict {
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  if (status === 404 || (status === 409 && OTHER_UID.test(message))) return { kind: 'gone' };
  if (status === 429 && causes.includes(BUDGET_CAUSE)) {
    const detail = details[causes.indexOf(BUDGET_CAUSE)] ?? message;
    return { kind: 'budget', detail, againInMs: Math.max(BUDGET_AGAIN_MS, retryAfterMs ?? 0) };
  }
  if (status === 500 && SEVERAL_BUDGETS.test(message)) return { kind: 'never', detail: message };
  if (status === 403 && NO_RIGHT.test(message)) return { kind: 'forbidden', detail: message };
  if (status >= 400 && status < 500 && !PASSING.includes(status)) return { kind: 'not-now', detail: message };
  return { kind: 'passing', detail: message };
}

/** Credentials that are renewed, a timeout, a conflict of writers, load. */
const PASSING = [401, 408, 409, 429];
