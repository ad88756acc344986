/** Acts on a node by a program elsewhere: POST with an idempotency key, then GET until it says `done`; both are signed. */

import { createHmac } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';

import { cutText } from '../../domain/cut-text.ts';
import { messageOf } from '../../domain/error-message.ts';
import { FAILURES, type FailureType } from '../../domain/failures.ts';
import { jsonOrText } from '../../domain/json-or-text.ts';
import { type ActState, actEnvironment, type Executor } from './executor.ts';

export interface WebhookSettings extends Pick<Executor, 'phases' | 'deadlineMs'> {
  readonly url: string;
  /** Read for each request, since secrets are rotated. */
  readonly secret: () => Promise<string>;
  readonly send: (request: WebhookRequest) => Promise<WebhookAnswer>;
}

export interface WebhookRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly text: string;
}

const DETAIL_LENGTH_MAX = 500;
const REFUSED = [400, 401, 403, 404, 405, 409, 410, 415, 422];

export function webhookExecutor(settings: WebhookSettings): Executor {
  const { url, phases, deadlineMs } = settings;

  /** The signature is of the body, or of the path where there is none. */
  async function ask(method: 'GET' | 'POST', path: string, body: object | null, key: string): Promise<WebhookAnswer> {
    const text = body === null ? null : JSON.stringify(body);
    const target = `${url.replace(/\/$/, '')}${path}`;
    const signature = createHmac('sha256', await settings.secret())
      .update(text ?? new URL(target).pathname)
      .digest('hex');
    const headers = {
      accept: 'application/json',
      'content-type': 'application/json',
      'idempotency-key': key,
      'x-vigilante-signature': `sha256=${signature}`,
    };
    try {
      return await settings.send({ method, url: target, headers, body: text });
    } catch (cause) {
      throw unreachable(`${method} ${target}: ${messageOf(cause)}`, cause);
    }
  }

  return {
    phases,
    deadlineMs,
    async start(act) {
      const { key, node, executor } = act;
      const { status, text } = await ask('POST', '', { key, node, ...actEnvironment(act) }, key);
      const detail = cutText(text, DETAIL_LENGTH_MAX);
      if (REFUSED.includes(status)) return { kind: 'refused', detail: `the webhook answered ${status}: ${detail}` };
      if (status < 200 || status >= 300) throw unreachable(`POST ${url} answered ${status}: ${detail}`);
      return { kind: 'started', handle: { executor, id: key } };
    },
    async look({ id }): Promise<ActState> {
      const { status, text } = await ask('GET', `/${encodeURIComponent(id)}`, null, id);
      if (status === 404) return { kind: 'ended', isOk: false, detail: 'the webhook does not know the act' };
      if (status < 200 || status >= 300) throw unreachable(`GET ${url} answered ${status}`);
      return stateOf(jsonOrText(text));
    },
  };
}

/** `{"done": true, "ok": true, "detail": "…"}`; anything else is still running. */
function stateOf(body: unknown): ActState {
  if (typeof body !== 'object' || body === null || Reflect.get(body, 'done') !== true) return { kind: 'running' };
  const detail: unknown = Reflect.get(body, 'detail');
  const text = typeof detail === 'string' ? cutText(detail, DETAIL_LENGTH_MAX) : 'done';
  return { kind: 'ended', isOk: Reflect.get(body, 'ok') === true, detail: text };
}

function unreachable(message: string, cause?: unknown): ApplicationFailure {
  const type: FailureType = 'ExecutorUnreachable';
  return ApplicationFailure.create({
    message: cutText(message, DETAIL_LENGTH_MAX),
    type,
    nonRetryable: !FAILURES[type].retryable,
    ...(cause instanceof Error && { cause }),
  });
}
