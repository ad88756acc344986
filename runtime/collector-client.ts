/** Asks the collector for its verdict over HTTP or HTTPS, with a bounded body, and with a CA file that may change. */

import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';

import { VERDICT_PATH } from '../contracts/connectivity/agent-report.ts';
import { VERDICT_NAMES_MAX } from '../contracts/connectivity/watch-connectivity.ts';
import { jsonOrText } from '../domain/json-or-text.ts';

export interface CollectorClient {
  readonly url: string;
  /** HTTP status and parsed JSON, or the text where it is none. Throws where no answer came. */
  ask(signal: AbortSignal): Promise<{ readonly status: number; readonly body: unknown }>;
  close(): Promise<void>;
}

export interface CollectorClientOptions {
  /** Without a path. */
  readonly url: string;
  /** Certificate authority, read again for each question; default the public ones. */
  readonly caFile?: string | undefined;
  /** Called when the file cannot be read and the one from before stays in use. */
  readonly onCaProblem?: (message: string) => void;
}

/** Two hundred names with their details are a tenth of it. */
const BODY_BYTES_MAX = 1_048_576;
const CONNECT_TIMEOUT_MS = 5_000;
/** Shorter than from one question to the next: each asks the address that the name has then. */
const KEEP_ALIVE_MS = 1_000;

/** Does not ask anything yet; a CA file that is not there fails the questions, not the process. */
export function createCollectorClient({ url, caFile, onCaProblem }: CollectorClientOptions): CollectorClient {
  const address = new URL(`${VERDICT_PATH}?names=${VERDICT_NAMES_MAX}`, url);
  let current: { readonly ca: string | null; readonly agent: Agent } | null = null;

  function dispatcher(): Agent {
    const ca = caFile === undefined ? null : readCa(caFile, current?.ca ?? null, onCaProblem);
    if (current !== null && current.ca === ca) return current.agent;
    void current?.agent.close();
    current = { ca, agent: agentWith(ca) };
    return current.agent;
  }

  return {
    url,
    async ask(signal) {
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

function agentWith(ca: string | null): Agent {
  return new Agent({
    maxResponseSize: BODY_BYTES_MAX,
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
