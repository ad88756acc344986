/**
 * Lookups of host names with the system's resolver, which knows the search domains of a pod and the hosts file.
 *
 * Such a lookup cannot be stopped and holds one of the four threads that Node has for them; with a resolver that
 * hangs, for half a minute. So a name is looked up once at a time, and one thread is kept for the collector's name.
 */

import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

import { reasonOf } from './reason.ts';

export interface HostAnswer {
  /** Empty where the lookup failed. */
  readonly addresses: readonly LookupAddress[];
  /** Null where it succeeded. */
  readonly error: string | null;
  /** When a thread took it up, by `performance.now()`. */
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Never rejects. Has no time limit: the caller has one. */
export type HostLookup = (host: string) => Promise<HostAnswer>;

type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** All threads but one. */
const LOOKUPS_AT_ONCE_MAX = 3;
/** Names under way or waiting; more are refused. Redirects may lead to any number of hosts. */
const NAMES_MAX = 2_000;
/** Each of several addresses has this part of the time limit to connect before the next one is tried. */
const ADDRESS_TIME_PART = 4;
/** Node's own minimum. */
const ADDRESS_TIMEOUT_MIN_MS = 250;

export function createHostLookup(collectorHost: string, resolve: Resolve = resolveAll): HostLookup {
  const underWay = new Map<string, Promise<HostAnswer>>();
  const waiting: (() => void)[] = [];
  let threads = 0;

  async function takeThread(): Promise<void> {
    if (threads < LOOKUPS_AT_ONCE_MAX) threads += 1;
    else await new Promise<void>((resume) => waiting.push(resume));
  }

  function leaveThread(): void {
    const resume = waiting.shift();
    if (resume === undefined) threads -= 1;
    else resume();
  }

  async function inTurn(host: string): Promise<HostAnswer> {
    if (host === collectorHost) return answerOf(host, resolve);
    await takeThread();
    try {
      return await answerOf(host, resolve);
    } finally {
      leaveThread();
    }
  }

  return async (host) => {
    const already = underWay.get(host);
    if (already !== undefined) return already;
    if (underWay.size >= NAMES_MAX) return failed('too many lookups are under way');
    const answer = inTurn(host).finally(() => underWay.delete(host));
    underWay.set(host, answer);
    return answer;
  };
}

/** Gives up waiting after the time limit; the lookup itself goes on. */
export async function lookupWithin(lookup: HostLookup, host: string, timeoutMs: number): Promise<HostAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const startedMs = performance.now();
  const late = new Promise<HostAnswer>((resolve) => {
    timer = setTimeout(() => {
      const error = `no answer within ${timeoutMs / 1_000} s`;
      resolve({ addresses: [], error, startedMs, endedMs: performance.now() });
    }, timeoutMs);
  });
  try {
    return await Promise.race([lookup(host), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** For Node's connections; `onAnswer` hears of the answer first. */
export function lookupFunction(lookup: HostLookup, onAnswer: (answer: HostAnswer) => void): LookupFunction {
  const find: (...args: Parameters<LookupFunction>) => Promise<void> = async (host, options, callback) => {
    const answer = await lookup(host);
    onAnswer(answer);
    const [first] = answer.addresses;
    if (first === undefined) callback(new Error(answer.error ?? `${host} has no address`), []);
    else if (options.all === true) callback(null, [...answer.addresses]);
    else callback(null, first.address, first.family);
  };
  return (...args) => void find(...args);
}

export function addressTimeoutMs(timeoutMs: number): number {
  return Math.max(ADDRESS_TIMEOUT_MIN_MS, Math.round(timeoutMs / ADDRESS_TIME_PART));
}

async function answerOf(host: string, resolve: Resolve): Promise<HostAnswer> {
  const startedMs = performance.now();
  try {
    const addresses = await resolve(host);
    return { addresses, error: null, startedMs, endedMs: performance.now() };
  } catch (error) {
    return { ...failed(reasonOf(error)), startedMs };
  }
}

function failed(error: string): HostAnswer {
  const nowMs = performance.now();
  return { addresses: [], error, startedMs: nowMs, endedMs: nowMs };
}

function resolveAll(host: string): Promise<readonly LookupAddress[]> {
  return lookup(host, { all: true });
}
