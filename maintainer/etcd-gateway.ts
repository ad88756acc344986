/** Asks members of etcd by their HTTP gateway; the files of certificates are read again for each look. */

import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';

import type { EtcdGateway, EtcdQuestion } from '../activities/upgrade/preflight/etcd-gateway.ts';
import type { Config } from '../config/schema/config.ts';
import { jsonOrText } from '../domain/json-or-text.ts';

type EtcdConfig = Config['maintenance']['upgrade']['etcd'];

const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_LENGTH_MAX = 200;

/** Null where no endpoint is configured. */
export function etcdGatewayOf({ endpoints, caFile, certificateFile, keyFile }: EtcdConfig): EtcdGateway | null {
  if (endpoints.length === 0) return null;

  async function agent(): Promise<Agent> {
    const [ca, cert, key] = await Promise.all([caFile, certificateFile, keyFile].map(contentOf));
    const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
    return new Agent({ connect: { ...tls, timeout: CONNECT_TIMEOUT_MS }, bodyTimeout: 0, headersTimeout: 0 });
  }

  /** The agent is closed by whoever has read the body. */
  async function ask({ endpoint, path, body, signal }: EtcdQuestion) {
    const dispatcher = await agent();
    const end = () => dispatcher.destroy();
    try {
      const answer = await request(`${endpoint}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        dispatcher,
        signal,
      });
      if (answer.statusCode === 200) return { body: answer.body, end };
      const said = (await answer.body.text()).slice(0, ANSWER_LENGTH_MAX);
      throw new Error(`${endpoint}${path} answered ${answer.statusCode}: ${said}`);
    } catch (error) {
      await end();
      throw error;
    }
  }

  return {
    endpoints,
    async post(question) {
      const { body, end } = await ask(question);
      try {
        return jsonOrText(await body.text());
      } finally {
        await end();
      }
    },
    async stream(question) {
      const { body, end } = await ask(question);
      return endingWith(body, end);
    },
  };
}

async function* endingWith(body: AsyncIterable<Uint8Array>, end: () => Promise<void>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    await end();
  }
}

async function contentOf(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, 'utf8');
}
