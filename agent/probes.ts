/** The probes of an agent: HTTP, TCP and DNS. Each takes a bounded time and never rejects. */

import { connect } from 'node:net';

import type { Probe } from '../contracts/connectivity/probes.ts';
import type { Exchange } from './exchange-course.ts';
import { addressTimeoutMs, type HostLookup, lookupFunction, lookupWithin } from './host-lookup.ts';
import { exchange } from './http-exchange.ts';
import { reasonOf } from './reason.ts';
import { parseHttpUrl, type TcpTarget } from './targets.ts';

export interface Probed<Result> {
  readonly result: Result;
  /** Null where it succeeded; an answer of any code is a success. */
  readonly error: string | null;
}

export interface ProbeMeans {
  readonly lookup: HostLookup;
  readonly timeoutMs: number;
}

/** As Go's client has it. */
const REQUESTS_MAX = 10;
const REDIRECT_CODES = [301, 302, 303, 307, 308];
/** Addresses of one name; a report has room for no more. */
const ADDRESSES_MAX = 64;

export async function httpProbe(
  url: string,
  means: ProbeMeans & { readonly caFor: (url: URL) => string | null },
): Promise<Probed<Probe<'http'>>> {
  const deadlineMs = performance.now() + means.timeoutMs;
  let startedMs: number | null = null;
  let target = new URL(url);
  for (let requests = 1; ; requests += 1) {
    const answer = await exchange({
      url: target,
      method: 'GET',
      headers: { Accept: '*/*' },
      ca: means.caFor(target),
      timeoutMs: Math.max(1, deadlineMs - performance.now()),
      bodyKeptMax: 0,
      isBodyless: ({ statusCode = 0, headers }) => locationOf({ code: statusCode, headers }) !== null,
      lookup: means.lookup,
    });
    startedMs ??= answer.startedMs;
    const totalMs = answer.endedMs - startedMs;
    const location = locationOf(answer);
    if (location === null) return httpResult(url, { answer, totalMs, error: answer.error });
    const next = URL.canParse(location, target.href) ? parseHttpUrl(new URL(location, target.href).href) : null;
    if (next === null || requests === REQUESTS_MAX) {
      const error = next === null ? `redirected to ${location.slice(0, 200)}` : `redirected ${REQUESTS_MAX} times`;
      return httpResult(url, { answer: { ...answer, code: 0 }, totalMs, error });
    }
    target = next;
  }
}

/** Where an answer leads to; null where it is no redirect, or says not where to. */
function locationOf({ code, headers }: Pick<Exchange, 'code' | 'headers'>): string | null {
  return REDIRECT_CODES.includes(code) ? (headers.location ?? null) : null;
}

/** Phases are those of the last request, the total is of all of them. */
function httpResult(
  url: string,
  { answer, totalMs, error }: { answer: Exchange; totalMs: number; error: string | null },
): Probed<Probe<'http'>> {
  const { code, phases } = answer;
  const result = {
    URL: url,
    ConnectionResult: code === 0 ? 0 : 1,
    HTTPCode: code,
    Total: Math.floor(totalMs),
    ContentTransfer: Math.floor(phases.transferMs),
    TCPConnection: Math.floor(phases.tcpMs),
    DNSLookup: Math.floor(phases.lookupMs),
    Connect: Math.floor(phases.connectMs),
    ServerProcessing: Math.floor(phases.serverMs),
  };
  return { result, error };
}

/** Its time is that until the connection stands, the lookup of the name included. */
export function tcpProbe(
  { target, host, port }: TcpTarget,
  { lookup, timeoutMs }: ProbeMeans,
): Promise<Probed<Probe<'tcp'>>> {
  const { promise, resolve } = Promise.withResolvers<Probed<Probe<'tcp'>>>();
  let startedMs = performance.now();
  const find = lookupFunction(lookup, (answer) => {
    startedMs = Math.max(startedMs, answer.startedMs);
  });
  const socket = connect({ host, port, lookup: find, autoSelectFamilyAttemptTimeout: addressTimeoutMs(timeoutMs) });
  const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${timeoutMs / 1_000} s`)), timeoutMs);
  const done = (error: string | null): void => {
    clearTimeout(timer);
    socket.destroy();
    const ms = Math.floor(performance.now() - startedMs);
    resolve({ result: { target, ok: error === null, ms, error }, error });
  };
  socket.on('error', (error) => done(reasonOf(error)));
  socket.once('connect', () => done(null));
  return promise;
}

export async function dnsProbe(name: string, { lookup, timeoutMs }: ProbeMeans): Promise<Probed<Probe<'dns'>>> {
  const answer = await lookupWithin(lookup, name, timeoutMs);
  const { error, startedMs, endedMs } = answer;
  const addresses = addressesOf(answer);
  return { result: { name, ok: error === null, ms: Math.floor(endedMs - startedMs), addresses, error }, error };
}

export function addressesOf({ addresses }: Awaited<ReturnType<HostLookup>>): string[] {
  return [...new Set(addresses.map(({ address }) => address))].slice(0, ADDRESSES_MAX);
}
