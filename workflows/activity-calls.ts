/** Calls activities so that none of them ends a perpetual workflow: a failure is a value here. */

import { type ActivityOptions, isCancellation, log, proxyActivities } from '@temporalio/workflow';
import { ACTIVITY_HEARTBEAT_TIMEOUT_MS } from '../contracts/activity-liveness.ts';
import { type Check, parsed } from '../contracts/shape.ts';
import { cutText } from '../domain/cut-text.ts';
import { ownMessageOf } from '../domain/error-message.ts';

type Activity = (...input: never[]) => Promise<unknown>;
type ResultOf<Called> = Called extends (...input: never[]) => Promise<infer Result> ? Result : never;
type InputOf<Called> = Called extends (...input: infer Input) => Promise<unknown> ? Input : never;

export interface CallOptions {
  /** What the Temporal UI shows beside it. */
  readonly summary: string;
  readonly startToCloseMs: number;
  /** Whether the activity says that it is alive; then a killed worker is noticed sooner. */
  readonly heartbeats: boolean;
}

export type CallResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

const RETRY_FIRST_MS = 1_000;
/** What still fails then is due again after the next evaluation. */
const ATTEMPTS_MAX = 3;
/** It is kept in the state of the watch. */
const MESSAGE_LENGTH_MAX = 500;

/** @param results what comes back is parsed by these */
export function callerOf<Activities extends { readonly [Name in keyof Activities]: Activity }>(
  results: {
    readonly [Name in keyof Activities]: Check<ResultOf<Activities[Name]>>;
  },
) {
  return async <Name extends keyof Activities & string>(
    name: Name,
    how: CallOptions,
    ...input: InputOf<Activities[Name]>
  ): Promise<CallResult<ResultOf<Activities[Name]>>> => {
    const options: ActivityOptions = {
      startToCloseTimeout: how.startToCloseMs,
      ...(how.heartbeats ? { heartbeatTimeout: ACTIVITY_HEARTBEAT_TIMEOUT_MS } : {}),
      summary: how.summary,
      retry: { initialInterval: RETRY_FIRST_MS, backoffCoefficient: 2, maximumAttempts: ATTEMPTS_MAX },
    };
    const activities = proxyActivities<Record<string, (...given: readonly unknown[]) => Promise<unknown>>>(options);
    try {
      const found = await activities[name]?.(...input);
      const result = parsed<ResultOf<Activities[Name]>>(found, results[name], 'result');
      return result.ok ? result : failed(name, `returned ${result.problems.join('; ')}`);
    } catch (error) {
      if (isCancellation(error)) throw error;
      return failed(name, reasonOf(error));
    }
  };
}

function failed(name: string, problem: string): { readonly ok: false; readonly message: string } {
  const message = cutText(problem, MESSAGE_LENGTH_MAX);
  log.warn(`activity ${name} failed, the watch goes on`, { problem: message });
  return { ok: false, message };
}

/** The failure of an activity says why only in its cause. */
function reasonOf(error: unknown): string {
  return ownMessageOf(error instanceof Error && error.cause instanceof Error ? error.cause : error);
}
