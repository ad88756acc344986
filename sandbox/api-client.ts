/** Requests to the sandbox's own API server. The product's client is in `kubernetes/`; test gear must not share its bugs. */

import { Agent, request } from 'undici';
import { jsonOrText } from '../domain/json-or-text.ts';

export interface ApiAccess {
  readonly server: string;
  /** Certificates of the API server, PEM. */
  readonly certificates: string;
  readonly token: string;
  /** Set for the health port of a part that made its own certificate. */
  readonly anyCertificate?: boolean;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface ApiClient {
  /** Answers with whatever status came; throws only when there was no answer. */
  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options?: CallOptions): Promise<ApiAnswer>;
  /** As `call`, but throws for a status that is neither 2xx nor among `alsoFine`. */
  demand(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options?: CallOptions & { readonly alsoFine?: readonly number[] },
  ): Promise<ApiAnswer>;
  /** Reads the answer to a GET line by line while it comes, as a watch sends it; throws for a status other than 2xx. */
  lines(path: string): AsyncIterable<unknown>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly contentType?: string;
}

export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';

const CONNECTIONS_MAX = 16;

export function createApiClient(access: ApiAccess): ApiClient {
  const dispatcher = new Agent({
    connect: { ca: access.certificates, rejectUnauthorized: access.anyCertificate !== true },
    connections: CONNECTIONS_MAX,
  });
  const call: ApiClient['call'] = async (method, path, { body, contentType = 'application/json' } = {}) => {
    const answer = await request(`${access.server}${path}`, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${access.token}`, accept: 'application/json', 'content-type': contentType },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: jsonOrText(text) };
  };
  return {
    call,
    demand: async (method, path, options = {}) => {
      const answer = await call(method, path, options);
      const fine = answer.status < 300 || (options.alsoFine ?? []).includes(answer.status);
      if (!fine) throw new Error(`${method} ${path} was answered ${answer.status}: ${reasonIn(answer.body)}`);
      return answer;
    },
    lines: (path) => linesOf(dispatcher, access, path),
    close: () => dispatcher.destroy(),
  };
}

async function* linesOf(dispatcher: Agent, access: ApiAccess, path: string): AsyncGenerator {
  const { statusCode, body } = await request(`${access.server}${path}`, {
    dispatcher,
    headers: { authorization: `Bearer ${access.token}`, accept: 'application/json' },
    // Nothing comes while nothing changes.
    bodyTimeout: 0,
  });
  if (statusCode >= 300) throw new Error(`GET ${path} was answered ${statusCode}: ${await body.text()}`);
  body.setEncoding('utf8');
  let rest = '';
  for await (const chunk of body) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield jsonOrText(line);
  }
}

/** The API server's own message. */
function reasonIn(body: unknown): string {
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : body;
  return typeof message === 'string' ? message : JSON.stringify(message);
}
