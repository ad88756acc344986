/** The connection to Temporal: waits until the server answers, knows the namespace and our search attributes. */

import { NativeConnection } from '@temporalio/worker';

import type { TemporalProfile } from '../config/temporal-profile.ts';
import type { Log } from './log.ts';
import { retry } from './retry.ts';
import { ensureSearchAttributes, SearchAttributeConflict } from './search-attributes.ts';
import { explainUnreachable } from './temporal-errors.ts';

const PROBE_TIMEOUT_MS = 3_000;

export interface ConnectTemporalOptions {
  readonly profile: TemporalProfile;
  /** Registers what is missing. */
  readonly searchAttributes: boolean;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Null when the signal is aborted before Temporal answers. Throws `SearchAttributeConflict`. */
export async function connectTemporal(options: ConnectTemporalOptions): Promise<NativeConnection | null> {
  const { profile, log, signal } = options;
  const connection = await retry({
    signal,
    attempt: () => connectOnce(options),
    onFailure: (error, nextTryMs) => {
      if (error instanceof SearchAttributeConflict) throw error;
      log.warn({ nextTryMs }, explainUnreachable(profile, error));
    },
  });
  if (connection !== null) log.info(`connected to Temporal at ${profile.address}, namespace ${profile.namespace}`);
  return connection;
}

/** Throws unless the server answers for the namespace within three seconds. */
export async function probeTemporal(connection: NativeConnection, namespace: string): Promise<void> {
  const answer = connection.withDeadline(Date.now() + PROBE_TIMEOUT_MS, () =>
    connection.workflowService.describeNamespace({ namespace }),
  );
  // The SDK tries again for ten seconds, whatever the deadline says.
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer in ${PROBE_TIMEOUT_MS} ms`)), PROBE_TIMEOUT_MS);
  try {
    await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => {});
  }
}

async function connectOnce({ profile, searchAttributes, log }: ConnectTemporalOptions): Promise<NativeConnection> {
  const { namespace } = profile;
  const connection = await NativeConnection.connect(profile.connection);
  try {
    await probeTemporal(connection, namespace);
    if (searchAttributes) await ensureSearchAttributes({ connection, namespace, log });
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
