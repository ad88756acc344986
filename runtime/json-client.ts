/** Asks a server for JSON over HTTP or HTTPS, with a bounded body, and with files of a CA and of a token that may change. */

import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';

import { jsonOrText } from '../domain/json-or-text.ts';

/** HTTP status, and the parsed JSON, or the text where it is none. */
export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface JsonClient {
  /** Where it asks, for people. */
  readonly url: string;
  /** Throws where no answer came. Redirects are not followed. */
  ask(path: string, signal: AbortSignal): Promise<JsonAnswer>;
  close(): Promise<void>;
}

export interface JsonClientOptions {
  /** May have a path, which goes before the one that is asked for. */
  readonly url: string;
  /** Certificate authority, read again for each question; default the public ones. */
  readonly caFile?: ConfiguredFile | undefined;
  /** Bearer token, read again for each question; default none. */
  readonly tokenFile?: ConfiguredFile | undefined;
  /** A longer answer is refused. */
  readonly bodyBytesMax: number;
  /** Called when the CA cannot be read and the one from before stays in use. */
  readonly onCaProblem?: ((message: string) => void) | undefined;
}

export interface ConfiguredFile {
  readonly path: string;
  /** The key of the configuration that names it, for messages. */
  readonly key: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Shorter than from one question to the next: each asks the address that the name has then. */
const KEEP_ALIVE_MS = 1_000;

/** Does not ask anything yet; a file that is not there fails the questions, not the process. */
export function createJsonClient(options: JsonClientOptions): JsonClient {
  const { url, caFile, tokenFile, onCaProblem } = options;
  let current: { readonly ca: string | null; readonly agent: Agent } | null = null;

  function dispatcher(): Agent {
    const ca = caFile === undefined ? null : readCa(caFile, current?.ca ?? null, onCaProblem);
    if (current !== null && current.ca === ca) return current.agent;
    void current?.agent.close();
    current = { ca, agent: agentWith(ca, options.bodyBytesMax) };
    return current.agent;
  }

  return {
    url,
    async ask(path, signal) {
      const token = tokenFile === undefined ? null : read(tokenFile).trim();
      const answer = await request(new URL(`${url.replace(/\/$/, '')}${path}`), {
        dispatcher: dispatcher(),
        headers: { accept: 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
        signal,
      });
      return { status: answer.statusCode, body: jsonOrText(await answer.body.text()) };
    },
    async close() {
      await current?.agent.destroy();
    },
  };
}

function agentWith(ca: string | null, bodyBytesMax: number): Agent {
  return new Agent({
    maxResponseSize: bodyBytesMax,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(ca === null ? {} : { ca }) },
  });
}

/** Kubernetes swaps mounted files under a link, which file watches miss; reading a small file is cheap. */
function read({ path, key }: ConfiguredFile): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${key} ${path} cannot be read`, { cause });
  }
}

function readCa(file: ConfiguredFile, before: string | null, onProblem: JsonClientOptions['onCaProblem']): string {
  try {
    return read(file);
  } catch (error) {
    if (before === null) throw error;
    onProblem?.(`${file.key} ${file.path} cannot be read; the one from before stays in use`);
    return before;
  }
}
