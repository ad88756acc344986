/** The watch of a cluster's connectivity: started, asked, updated and signalled. */

import { type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import {
  changePolicy,
  connectivityStatus,
  evaluateNow,
  pauseWatching,
  resumeWatching,
} from '../../contracts/connectivity/signals-and-queries.ts';
import {
  type ConnectivityPolicy,
  type ConnectivityStatus,
  type ConnectivityVerdict,
  WATCH_CONNECTIVITY_WORKFLOW,
  watchConnectivityWorkflowId,
} from '../../contracts/connectivity/watch-connectivity.ts';
import { VIGILANTE_STATE } from '../../contracts/search-attributes.ts';
import { messageOf } from '../../domain/error-message.ts';
import { askWorkflow } from '../ask-workflow.ts';
import { inTime, isNoAnswer, isTaken, nullWhereNotFound } from '../requests.ts';
import { startWithoutAttributes } from '../start-without-attributes.ts';
import { connectivityStartOptions } from './start.ts';

export type WatchAnswer =
  | { readonly kind: 'status'; readonly status: ConnectivityStatus }
  /** It runs, but no worker answers for it. `lastState`: of the search attribute, where that is written. */
  | { readonly kind: 'silent'; readonly lastState: string | null }
  /** `closedAs`: how the last one ended; null where there was none. */
  | { readonly kind: 'not-running'; readonly closedAs: string | null };

export type NowAnswer =
  | { readonly kind: 'verdict'; readonly verdict: ConnectivityVerdict }
  /** Why the collector gives none. */
  | { readonly kind: 'none'; readonly message: string }
  | { readonly kind: 'silent' };

/** All of them throw when Temporal does not answer in time. */
export interface ConnectivityWatch {
  /** Adds no event where it runs; starts it again where it was cancelled, terminated or failed. */
  ensure(policy: ConnectivityPolicy): Promise<void>;
  isRunning(): Promise<boolean>;
  /** Throws also where no worker answers. */
  policy(): Promise<ConnectivityPolicy>;
  changePolicy(policy: ConnectivityPolicy): Promise<void>;
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
  const describe = () => nullWhereNotFound(inTime(client, () => handle.describe()));
  const status = () => askWorkflow(() => handle.query(connectivityStatus));
  return {
    async ensure(policy) {
      await startWithoutAttributes(connectivityStartOptions({ cluster, policy }), (given) =>
        inTime(client, () => client.workflow.start(WATCH_CONNECTIVITY_WORKFLOW, given)),
      );
    },
    isRunning: async () => (await describe())?.status.name === 'RUNNING',
    policy: async () => (await inTime(client, status)).policy,
    changePolicy: (policy) => inTime(client, () => handle.signal(changePolicy, policy)),
    async ask() {
      const found = await describe();
      if (found === null) return { kind: 'not-running', closedAs: null };
      if (found.status.name !== 'RUNNING') return { kind: 'not-running', closedAs: found.status.name.toLowerCase() };
      try {
        return { kind: 'status', status: await inTime(client, status, QUERY_TIMEOUT_MS) };
      } catch (error) {
        if (!isNoAnswer(error)) throw error;
        return { kind: 'silent', lastState: found.typedSearchAttributes.get(VIGILANTE_STATE) ?? null };
      }
    },
    async evaluateNow() {
      try {
        const update = () => handle.executeUpdate(evaluateNow);
        return { kind: 'verdict', verdict: await inTime(client, update, UPDATE_TIMEOUT_MS) };
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) {
          return { kind: 'none', message: messageOf(error.cause ?? error) };
        }
        if (!isNoAnswer(error)) throw error;
        return { kind: 'silent' };
      }
    },
    pause: (reason) => isTaken(inTime(client, () => handle.signal(pauseWatching, reason === null ? {} : { reason }))),
    resume: () => isTaken(inTime(client, () => handle.signal(resumeWatching))),
  };
}
