/** Asks the collector over HTTP or HTTPS, with a bounded body, and with a CA file that may change. */

import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';

import { jsonOrText } from '../domain/json-or-text.ts';

export interface CollectorClient {
  readonly url: string;
  /** HTTP status and parsed JSON, or the text where it is none. Throws where no answer came. */
  ask(
    signal: AbortSignal,
    query?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  close(): Promise<void>;
}

export interface CollectorClientOptions {
  /** Without a path. */
  readonly url: string;
  readonly path: string;
  /** Of an answer: a longer one fails the question. */
  readonly bodyBytesMax: number;
  /** Certificate authority, read again for each question; default the public ones. */
  readonly caFile?: string | undefined;
  /** Called when the file cannot be read and the one from before stays in use. */
  readonly onCaProblem?: (message: string) => void;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Shorter than from one question to the next: each asks the address that the name has then. */
const KEEP_ALIVE_MS = 1_000;

/** Does not ask anything yet; a CA file that is not there fails the questions, not the process. */
export function createCollectorClient(options: CollectorClientOptions): CollectorClient {
  const { url, path, caFile, bodyBytesMax, onCaProblem } = options;
  let current: { readonly ca: string | null; readonly agent: Agent } | null = null;

  function dispatcher(): Agent {
    const ca = caFile === undefined ? null : readCa(caFile, current?.ca ?? null, onCaProblem);
    if (current !== null && current.ca === ca) return current.agent;
    void current?.agent.close();
    current = { ca, agent: agentWith(ca, bodyBytesMax) };
    return current.agent;
  }

  return {
    url,
    async ask(signal, query = {}) {
      const address = new URL(path, url);
      for (const [key, value] of Object.entries(query)) address.searchParams.set(key, value);
      const answer = await request(address, {
        dispatcher: dispatcher(),
        headers: { accept: 'application/json' },
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
function readCa(file: string, before: string | null, onProblem: CollectorClientOptions['onCaProblem']): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const message = `connectivity.collectorCaFile ${file} cannot be read`;
    if (before === null) throw new Error(message, { cause });
    onProblem?.(`${message}; the one from before stays in use`);
    return before;
  }
}
