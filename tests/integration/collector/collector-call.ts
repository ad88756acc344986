/** One request to a collector, and its answer as it came. */

import { Agent, request } from 'undici';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface CallOptions {
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Whose certificate it is, is for a test of its own to ask. */
const ANY_CERTIFICATE = new Agent({ connect: { rejectUnauthorized: false } });

export async function callUrl(url: string, method: string, { body, headers = {} }: CallOptions = {}): Promise<Answer> {
  const answer = await request(url, {
    method: method as 'GET',
    body: body ?? null,
    headers,
    dispatcher: ANY_CERTIFICATE,
  });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}
