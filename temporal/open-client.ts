/** A client with a connection of its own, for a command that a person runs. */

import { setLogger } from '@grpc/grpc-js';
import { type Client, Connection, type ConnectionOptions } from '@temporalio/client';
import type { TemporalProfile } from '../config/temporal-profile.ts';
import { messageOf } from '../domain/error-message.ts';
import { temporalClient } from './client.ts';
import { grpcCause } from './errors.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const PROBE_TIMEOUT_MS = 3_000;

/** Resolves when Temporal has answered once for the namespace. Throws what failed, with the reason that gRPC logs. */
export async function openClient(profile: TemporalProfile): Promise<Client> {
  const lastLine = listenToGrpc();
  try {
    const connection = await Connection.connect({ ...clientOptions(profile), connectTimeout: CONNECT_TIMEOUT_MS });
    try {
      await connection.withDeadline(Date.now() + PROBE_TIMEOUT_MS, () =>
        connection.workflowService.describeNamespace({ namespace: profile.namespace }),
      );
      return temporalClient(connection, profile.namespace);
    } catch (error) {
      await connection.close();
      throw error;
    }
  } catch (error) {
    const line = lastLine();
    if (line === null || grpcCause(error) !== null) throw error;
    throw new Error(`${messageOf(error)} (${line})`, { cause: error });
  }
}

/** gRPC logs why it does not connect to standard error only, a line for each try. Returns the last one. */
function listenToGrpc(): () => string | null {
  let last: string | null = null;
  const listen = (message?: unknown) => {
    last = String(message);
  };
  setLogger({ error: listen, info: listen, debug: listen });
  return () => last;
}

/** Of two readings of the environment, this client's own and ours, only one may decide. */
function clientOptions({ address, connection, proxy }: TemporalProfile): ConnectionOptions {
  if (proxy === null) return { ...connection, channelArgs: { 'grpc.enable_http_proxy': 0 } };
  const credentials = proxy.username === '' ? {} : { 'grpc.http_connect_creds': `${proxy.username}:${proxy.password}` };
  return {
    ...connection,
    address: proxy.address,
    channelArgs: {
      'grpc.enable_http_proxy': 0,
      'grpc.http_connect_target': `dns:${address}`,
      'grpc.default_authority': address,
      ...credentials,
    },
  };
}
