/** The connection to Temporal: waits until the server answers, knows the namespace and our search attributes. */

import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';

import type { ProxyAddress } from '../config/proxy.ts';
import type { TemporalProfile } from '../config/temporal-profile.ts';
import type { KeywordAttribute } from '../contracts/search-attributes.ts';
import type { Log } from '../runtime/log.ts';
import { retry } from '../runtime/retry.ts';
import { explainUnreachable } from './errors.ts';
import { TemporalLink, type TemporalRequests } from './link.ts';
import { ensureSearchAttributes, SearchAttributeConflict } from './search-attributes.ts';

const PROBE_TIMEOUT_MS = 3_000;

export interface ConnectTemporalOptions {
  /** The configuration at the start of the process. */
  readonly profile: TemporalProfile;
  /** Reads the files of certificates and keys again before each try; default: they are read once. */
  readonly load?: () => TemporalProfile;
  /** Those that are missing are registered. */
  readonly attributes: readonly KeywordAttribute[];
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface ConnectedTemporal {
  readonly link: TemporalLink;
  /** What the connection was made with. */
  readonly profile: TemporalProfile;
}

/** Null when the signal is aborted before Temporal answers. Throws `SearchAttributeConflict`. */
export async function connectTemporal(options: ConnectTemporalOptions): Promise<ConnectedTemporal | null> {
  const { log, signal, load } = options;
  let { profile } = options;
  const connection = await retry({
    signal,
    attempt: () => {
      profile = load?.() ?? profile;
      return connectOnce(profile, options);
    },
    onFailure: (error, nextTryMs) => {
      if (error instanceof SearchAttributeConflict) throw error;
      log.warn({ nextTryMs }, explainUnreachable(profile, error));
    },
  });
  if (connection === null) return null;
  const { address, namespace, proxy } = profile;
  log.info(
    `connected to Temporal at ${address}${proxy === null ? '' : ` by proxy ${proxy.shown}`}, namespace ${namespace}`,
  );
  return { link: new TemporalLink(connection), profile };
}

/** Throws unless the server answers for the namespace within three seconds. */
export async function probeTemporal(connection: TemporalRequests, namespace: string): Promise<void> {
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

/** A connection on which the server has answered for the namespace. */
export async function openConnection(profile: TemporalProfile): Promise<NativeConnection> {
  const { proxy } = profile;
  const connection = await NativeConnection.connect({
    ...profile.connection,
    ...(proxy === null ? {} : { proxy: proxyOptions(proxy) }),
  });
  try {
    await probeTemporal(connection, profile.namespace);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function proxyOptions({
  address: targetHost,
  username,
  password,
}: ProxyAddress): NonNullable<NativeConnectionOptions['proxy']> {
  const basicAuth = username === '' ? {} : { basicAuth: { username, password } };
  return { type: 'http-connect', targetHost, ...basicAuth };
}

async function connectOnce(
  profile: TemporalProfile,
  { attributes, log }: Pick<ConnectTemporalOptions, 'attributes' | 'log'>,
): Promise<NativeConnection> {
  const connection = await openConnection(profile);
  try {
    const server = { connection, namespace: profile.namespace, attributes };
    if (attributes.length > 0) await ensureSearchAttributes(server, log);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
