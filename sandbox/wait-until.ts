/** Waits for a condition, with a bound. */

import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxProblem } from './exit-code.ts';

const POLL_MS = 50;

export interface WaitOptions {
  /** Completes the sentence "waited 30 s for …". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly pollMs?: number;
  /** Added to the error, for example the end of a log. */
  readonly explain?: () => Promise<string>;
}

/** Resolves with the first value that is neither null nor false. */
export async function waitUntil<Value>(
  probe: () => Promise<Value | null | false> | Value | null | false,
  { what, timeoutMs, pollMs = POLL_MS, explain }: WaitOptions,
): Promise<Value> {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== null && value !== false) return value;
    if (Date.now() >= deadlineMs) break;
    await sleep(pollMs);
  }
  const explanation = explain === undefined ? '' : `\n${await explain()}`;
  throw new SandboxProblem(`waited ${timeoutMs / 1_000} s for ${what}${explanation}`);
}
