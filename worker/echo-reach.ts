/** Whether the worker itself gets an answer of the endpoints that healing pods ask (E13). */

import { request } from 'undici';
import type { AskedEndpoint } from '../kubernetes/healing/echo-answers.ts';
import { repeat } from '../runtime/repeat.ts';

export interface EchoReach {
  /** Resolves when the last question has ended. */
  stop(): Promise<void>;
  /**
   * Whether one of these was reached before, and none answers now, which is asked at once. A worker that never reached
   * one excuses nothing.
   */
  isDown(endpoints: readonly AskedEndpoint[]): Promise<boolean>;
}

export interface EchoReachOptions {
  readonly endpoints: readonly AskedEndpoint[];
  /** After each question. */
  readonly onAsked: (endpoint: string, isReached: boolean) => void;
  /** Default: one request with a time limit. */
  readonly ask?: (url: string) => Promise<boolean>;
}

const EVERY_MS = 60_000;
const TIMEOUT_MS = 5_000;
/** Not the uid of a pod. */
const NONCE = 'worker';

/** Asks each endpoint once a minute from now on. */
export function startEchoReach({ endpoints, onAsked, ask = isAnswered }: EchoReachOptions): EchoReach {
  const reachedBefore = new Set<string>();
  /** Questions under way: hundreds of pods may ask at once. */
  const asking = new Map<string, Promise<boolean>>();

  function isReached({ name, url }: AskedEndpoint): Promise<boolean> {
    const underWay = asking.get(name);
    if (underWay !== undefined) return underWay;
    const asked = ask(url).then((answered) => {
      asking.delete(name);
      if (answered) reachedBefore.add(name);
      onAsked(name, answered);
      return answered;
    });
    asking.set(name, asked);
    return asked;
  }

  const repeating = repeat(async () => void (await Promise.all(endpoints.map(isReached))), EVERY_MS);
  return {
    stop: () => repeating.stop(),
    async isDown(asked) {
      if (!asked.some(({ name }) => reachedBefore.has(name))) return false;
      const reached = await Promise.all(asked.map(isReached));
      return !reached.includes(true);
    },
  };
}

/** Any answer shows that the endpoint is there. */
async function isAnswered(url: string): Promise<boolean> {
  try {
    const { body } = await request(`${url}?nonce=${NONCE}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await body.dump();
    return true;
  } catch {
    return false;
  }
}
