/** Reaches Temporal for a command, or says what was tried and what to check. */

import { setLogger } from '@grpc/grpc-js';
import { type Client, Connection, type ConnectionOptions, isGrpcServiceError } from '@temporalio/client';
import { loadTemporalProfile, type TemporalProfile } from '../config/temporal-profile.ts';
import { messageOf } from '../runtime/log.ts';
import { temporalClient } from '../runtime/temporal-client.ts';
import { explainUnreachable } from '../runtime/temporal-errors.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** What `--address`, `--namespace` and `--profile` say. */
export interface TemporalChoice {
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  readonly profile?: string | undefined;
}

const CONNECT_TIMEOUT_MS = 5_000;
const PROBE_TIMEOUT_MS = 3_000;

const GRPC_DEADLINE_EXCEEDED = 4;
const GRPC_UNAVAILABLE = 14;

/** The options go before the environment and the profile file. Throws `ConfigError`. */
export function chosenProfile(choice: TemporalChoice, apiKeyFile: string | undefined): TemporalProfile {
  const { address, profile, namespace } = choice;
  const loaded = loadTemporalProfile(undefined, { address, profile, apiKeyFile });
  return { ...loaded, namespace: namespace ?? loaded.namespace };
}

/** A client that has been answered once for its namespace. Throws `CommandError`. */
export async function connectClient(profile: TemporalProfile): Promise<Client> {
  const said = listenToGrpc();
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
    throw temporalUnreachable(profile, error, said());
  }
}

/** gRPC tells why it does not connect in lines on standard error only, one for each try: the last one that it says. */
function listenToGrpc(): () => string | null {
  let last: string | null = null;
  const listen = (message?: unknown) => {
    last = String(message);
  };
  setLogger({ error: listen, info: listen, debug: listen });
  return () => last;
}

/** @param said what gRPC told beside the error, where it did */
export function temporalUnreachable(
  profile: TemporalProfile,
  error: unknown,
  said: string | null = null,
): CommandError {
  const cause =
    grpcCause(error) ?? (said === null ? error : new Error(`${messageOf(error)} (${said})`, { cause: error }));
  return new CommandError(
    EXIT.unreachable,
    `${explainUnreachable(profile, cause)} (or the options --address, --namespace, --profile)`,
    error,
  );
}

/** The failed request behind an error of the client; null for errors of another kind. */
export function grpcCause(error: unknown): (Error & { readonly code: number }) | null {
  if (isGrpcServiceError(error)) return error;
  return error instanceof Error && error.cause !== undefined ? grpcCause(error.cause) : null;
}

/** Whether waiting may help: Temporal is down, restarts, or is too slow. */
export function isTemporalAway(error: unknown): boolean {
  const code = grpcCause(error)?.code;
  return code === GRPC_UNAVAILABLE || code === GRPC_DEADLINE_EXCEEDED;
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
