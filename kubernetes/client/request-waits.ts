/** Requests that wait for the API server: whoever runs them can ask what is waited for. */

import { AsyncLocalStorage } from 'node:async_hooks';

import { describeTarget, type RequestTarget } from './cluster-error.ts';
import { SLOW_REQUEST_MS, slowHint } from './request-times.ts';

export interface RequestWaits {
  /** Null while no request has waited long, else the request that has waited longest, for people. */
  longest(): string | null;
}

interface Waiting {
  readonly target: RequestTarget & { readonly method: string };
  readonly sinceMs: number;
}

const REPORT_EVERY_MS = 60_000;

const listening = new AsyncLocalStorage<Set<Waiting>>();

/** Runs `run`, which can ask what its own requests wait for. */
export function withRequestWaits<T>(run: (waits: RequestWaits) => Promise<T>): Promise<T> {
  const waiting = new Set<Waiting>();
  const waits = { longest: () => longestOf(waiting) };
  return listening.run(waiting, () => run(waits));
}

/** Runs one request, known to whoever asked for it while it waits. */
export type WaitForAnswer = <T>(target: Waiting['target'], ask: () => Promise<T>) => Promise<T>;

/** @param onSlow gets a line for people when a request has waited long; at most one a minute for each verb and resource */
export function createRequestWaits(onSlow: (message: string) => void = () => {}): WaitForAnswer {
  const reportedMs = new Map<string, number>();

  function report(target: Waiting['target']): void {
    const kind = `${target.verb} ${target.resource}`;
    const nowMs = performance.now();
    if (nowMs - (reportedMs.get(kind) ?? Number.NEGATIVE_INFINITY) < REPORT_EVERY_MS) return;
    reportedMs.set(kind, nowMs);
    onSlow(describeWait(target, SLOW_REQUEST_MS));
  }

  return async (target, ask) => {
    const waiting = listening.getStore();
    const entry = { target, sinceMs: performance.now() };
    waiting?.add(entry);
    const timer = setTimeout(() => report(target), SLOW_REQUEST_MS);
    try {
      return await ask();
    } finally {
      clearTimeout(timer);
      waiting?.delete(entry);
    }
  };
}

/** `create pods default/a has waited 12 s for the API server; an admission webhook may be slow`. */
function describeWait(target: Waiting['target'], waitedMs: number): string {
  const waited = `${describeTarget(target)} has waited ${Math.round(waitedMs / 1_000)} s for the API server`;
  return `${waited}${slowHint(target.method)}`;
}

function longestOf(waiting: ReadonlySet<Waiting>): string | null {
  // The first one in is the one that has waited longest.
  const [oldest] = waiting;
  if (oldest === undefined) return null;
  const waitedMs = performance.now() - oldest.sinceMs;
  return waitedMs < SLOW_REQUEST_MS ? null : describeWait(oldest.target, waitedMs);
}
