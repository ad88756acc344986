/** What can go wrong when the API server is asked: it could not answer, or it refused. */

import { cutText } from '../../domain/cut-text.ts';

export type ClusterFailure =
  /** Connection errors, timeouts, 401, 429 and 5xx: asking again can help, and the node is not to blame (H11). */
  | {
      readonly kind: 'unreachable';
      readonly message: string;
      /** Status 401: the credentials are not accepted. That is an outage of credentials, not a verdict on the request. */
      readonly isUnauthorized?: true;
    }
  /** Every other 4xx. `reason` is the API server's own, such as `Forbidden`, `AlreadyExists`, `NotFound`. */
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string; readonly message: string };

/** What the API server answered, for the few requests whose refusals differ by more than their status. */
export interface ClusterAnswer {
  readonly status: number;
  readonly body: unknown;
  /** The header Retry-After, in milliseconds; null without one that is a number of seconds. */
  readonly retryAfterMs: number | null;
}

export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly failure: ClusterFailure;
  /** Null where no answer came. */
  readonly answer: ClusterAnswer | null;

  constructor(failure: ClusterFailure, cause?: unknown, answer: ClusterAnswer | null = null) {
    super(failure.message, { cause });
    this.failure = failure;
    this.answer = answer;
  }
}

export interface RequestTarget {
  readonly verb: string;
  readonly resource: string;
  /** Namespace and name, or the selector of a list. */
  readonly object: string;
}

/** Turns an answer other than 2xx into a failure. */
export function failureOfAnswer(target: RequestTarget, answer: { status: number; body: unknown }): ClusterFailure {
  const { reason, message: detail } = statusOf(answer.body);
  const message = bounded(`${describeTarget(target)}: ${answer.status} ${reason}${detail === '' ? '' : `: ${detail}`}`);
  if (answer.status === 401) return { kind: 'unreachable', message, isUnauthorized: true };
  if (answer.status === 429 || answer.status >= 500 || answer.status < 400) return { kind: 'unreachable', message };
  return { kind: 'refused', status: answer.status, reason, message };
}

/** Turns whatever was thrown into a failure; what is not an answer of the API server is `unreachable`. */
export function clusterFailure(error: unknown, target?: RequestTarget): ClusterFailure {
  if (error instanceof ClusterError) return error.failure;
  const prefix = target === undefined ? '' : `${describeTarget(target)}: `;
  return { kind: 'unreachable', message: bounded(`${prefix}${reasonsOf(error).join(': ')}`) };
}

/** Whether the API server did not accept our credentials. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof ClusterError && error.failure.kind === 'unreachable' && error.failure.isUnauthorized === true;
}

export function isRefused(error: unknown, status: number): boolean {
  return error instanceof ClusterError && error.failure.kind === 'refused' && error.failure.status === status;
}

/** The reason of what a connection for a dry run does not send. */
const DRY_RUN = 'DryRun';

export function isOfDryRun(error: unknown): boolean {
  return error instanceof ClusterError && error.failure.kind === 'refused' && error.failure.reason === DRY_RUN;
}

/** Of a request that was not sent. */
export function dryRunError(target: RequestTarget): ClusterError {
  const message = bounded(`${describeTarget(target)}: not sent, since this is a dry run`);
  return new ClusterError({ kind: 'refused', status: 0, reason: DRY_RUN, message });
}

export function describeTarget({ verb, resource, object }: RequestTarget): string {
  return `${verb} ${resource} ${object}`.trimEnd();
}

/** Reads the fields of a `Status` object; a proxy in between may answer with anything. */
function statusOf(body: unknown): { reason: string; message: string } {
  if (typeof body === 'string') return { reason: '', message: body.slice(0, 200) };
  if (typeof body !== 'object' || body === null) return { reason: '', message: '' };
  const text = (key: string) => {
    const value: unknown = Reflect.get(body, key);
    return typeof value === 'string' ? value : '';
  };
  return { reason: text('reason'), message: text('message') };
}

/** A webhook may answer with megabytes: the message goes into histories, Events and logs. */
const MESSAGE_LENGTH_MAX = 1_000;

function bounded(message: string): string {
  return cutText(message, MESSAGE_LENGTH_MAX);
}

const CAUSES_MAX = 4;

/** The messages of an error and its causes: a failed fetch says why only in the cause. */
function reasonsOf(error: unknown): string[] {
  const reasons: string[] = [];
  let current: unknown = error;
  while (current instanceof Error && reasons.length < CAUSES_MAX) {
    const nested: unknown = current instanceof AggregateError ? current.errors[0] : current.cause;
    if (current.message !== '' && !reasons.includes(current.message)) reasons.push(current.message);
    current = nested;
  }
  return reasons.length > 0 ? reasons : [String(error)];
}
