/** The watch of the connectivity as Temporal knows it: asks and signals it. */

import {
  type Client,
  QueryNotRegisteredError,
  QueryRejectedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import {
  connectivityStatus,
  evaluateNow,
  pauseWatching,
  resumeWatching,
} from '../../contracts/connectivity/signals-and-queries.ts';
import {
  type ConnectivityStatus,
  type ConnectivityVerdict,
  watchConnectivityWorkflowId,
} from '../../contracts/connectivity/watch-connectivity.ts';
import { VIGILANTE_STATE } from '../../contracts/search-attributes.ts';
import { askWorkflow } from '../../runtime/ask-workflow.ts';
import { messageOf } from '../../runtime/log.ts';
import { TEMPORAL_REQUEST_TIMEOUT_MS } from '../../runtime/temporal-errors.ts';
import { isSilence } from '../silence.ts';

export type WatchAnswer =
  | { readonly kind: 'status'; readonly status: ConnectivityStatus }
  /** It runs, but nobody answers for it. `lastState`: of the search attribute, where that is written. */
  | { readonly kind: 'silent'; readonly lastState: string | null }
  /** `closedAs`: how the last one ended; null where there was none. */
  | { readonly kind: 'not-running'; readonly closedAs: string | null };

export type NowAnswer =
  | { readonly kind: 'verdict'; readonly verdict: ConnectivityVerdict }
  /** The collector gives none, in words. */
  | { readonly kind: 'none'; readonly message: string }
  | { readonly kind: 'silent' };

export interface ConnectivityWatch {
  ask(): Promise<WatchAnswer>;
  /** Asks the collector through the running watch. */
  evaluateNow(): Promise<NowAnswer>;
  /** False where no watch runs. */
  pause(reason: string | null): Promise<boolean>;
  resume(): Promise<boolean>;
}

/** A worker answers in milliseconds; without one the server waits for us to give up. */
const QUERY_TIMEOUT_MS = 3_000;
/** An evaluation may take ten seconds, and one that is under way is waited for. */
const UPDATE_TIMEOUT_MS = 30_000;

export function connectivityWatchOf(client: Client, cluster: string): ConnectivityWatch {
  const handle = client.workflow.getHandle(watchConnectivityWorkflowId(cluster));
  const within = <T>(timeoutMs: number, run: () => Promise<T>) => client.withDeadline(Date.now() + timeoutMs, run);
  const inTime = <T>(run: () => Promise<T>) => within(TEMPORAL_REQUEST_TIMEOUT_MS, run);
  return {
    async ask() {
      const found = await inTime(() => nullWhereNotFound(handle.describe()));
      if (found === null) return { kind: 'not-running', closedAs: null };
      if (found.status.name !== 'RUNNING') return { kind: 'not-running', closedAs: found.status.name.toLowerCase() };
      try {
        const query = () => askWorkflow(() => handle.query(connectivityStatus));
        return { kind: 'status', status: await within(QUERY_TIMEOUT_MS, query) };
      } catch (error) {
        if (!isNoAnswer(error)) throw error;
        return { kind: 'silent', lastState: found.typedSearchAttributes.get(VIGILANTE_STATE) ?? null };
      }
    },
    async evaluateNow() {
      try {
        return { kind: 'verdict', verdict: await within(UPDATE_TIMEOUT_MS, () => handle.executeUpdate(evaluateNow)) };
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) {
          return { kind: 'none', message: messageOf(error.cause ?? error) };
        }
        if (!isNoAnswer(error)) throw error;
        return { kind: 'silent' };
      }
    },
    pause: (reason) => inTime(() => isTaken(handle.signal(pauseWatching, reason === null ? {} : { reason }))),
    resume: () => inTime(() => isTaken(handle.signal(resumeWatching))),
  };
}

async function nullWhereNotFound<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** False where the workflow is closed or was never there. */
async function isTaken(signal: Promise<void>): Promise<boolean> {
  return (await nullWhereNotFound(signal.then(() => true))) ?? false;
}

function isNoAnswer(error: unknown): boolean {
  if (error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError) return true;
  return error instanceof WorkflowNotFoundError || isSilence(error);
}
