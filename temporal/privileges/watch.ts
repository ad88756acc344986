/** The watch of a cluster's privileges: started and asked. */

import { type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import { evaluateNow, privilegesStatus } from '../../contracts/privileges/signals-and-queries.ts';
import {
  type PrivilegesReport,
  type PrivilegesStatus,
  WATCH_PRIVILEGES_WORKFLOW,
  type WatchPrivilegesInput,
  watchPrivilegesWorkflowId,
} from '../../contracts/privileges/watch-privileges.ts';
import { messageOf } from '../../domain/error-message.ts';
import { askWorkflow } from '../ask-workflow.ts';
import { inTime, isNoAnswer, nullWhereNotFound } from '../requests.ts';
import { startWithoutAttributes } from '../start-without-attributes.ts';
import { privilegesStartOptions } from './start.ts';

export type PrivilegesAnswer =
  | { readonly kind: 'status'; readonly status: PrivilegesStatus }
  /** It runs, but no maintainer answers for it. */
  | { readonly kind: 'silent' }
  /** `closedAs`: how the last one ended; null where there was none. */
  | { readonly kind: 'not-running'; readonly closedAs: string | null };

export type PrivilegesNow =
  | { readonly kind: 'report'; readonly report: PrivilegesReport }
  /** Why there is none. */
  | { readonly kind: 'none'; readonly message: string }
  | { readonly kind: 'silent' };

/** All of them throw when Temporal does not answer in time. */
export interface PrivilegesWatch {
  /** Adds no event where it runs; starts it again where it was cancelled, terminated or failed. */
  ensure(input: Omit<WatchPrivilegesInput, 'cluster'>): Promise<void>;
  isRunning(): Promise<boolean>;
  ask(): Promise<PrivilegesAnswer>;
  /** Compares through the running watch. */
  evaluateNow(): Promise<PrivilegesNow>;
}

/** A maintainer answers in milliseconds; without one the server waits for us to give up. */
const QUERY_TIMEOUT_MS = 3_000;
/** All pods of a large cluster are listed. */
const UPDATE_TIMEOUT_MS = 120_000;

export function privilegesWatchOf(client: Client, cluster: string): PrivilegesWatch {
  const handle = client.workflow.getHandle(watchPrivilegesWorkflowId(cluster));
  const describe = () => nullWhereNotFound(inTime(client, () => handle.describe()));
  return {
    async ensure(input) {
      await startWithoutAttributes(privilegesStartOptions({ cluster, ...input }), (given) =>
        inTime(client, () => client.workflow.start(WATCH_PRIVILEGES_WORKFLOW, given)),
      );
    },
    isRunning: async () => (await describe())?.status.name === 'RUNNING',
    async ask() {
      const found = await describe();
      if (found === null) return { kind: 'not-running', closedAs: null };
      if (found.status.name !== 'RUNNING') return { kind: 'not-running', closedAs: found.status.name.toLowerCase() };
      try {
        const status = () => askWorkflow(() => handle.query(privilegesStatus));
        return { kind: 'status', status: await inTime(client, status, QUERY_TIMEOUT_MS) };
      } catch (error) {
        if (!isNoAnswer(error)) throw error;
        return { kind: 'silent' };
      }
    },
    async evaluateNow() {
      try {
        const update = () => handle.executeUpdate(evaluateNow);
        return { kind: 'report', report: await inTime(client, update, UPDATE_TIMEOUT_MS) };
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) {
          return { kind: 'none', message: messageOf(error.cause ?? error) };
        }
        if (!isNoAnswer(error)) throw error;
        return { kind: 'silent' };
      }
    },
  };
}
