/** Reaches Temporal for a command, or says what was tried and what to check. */

import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ConfigError } from '../config/config-error.ts';
import { loadTemporalProfile, type TemporalProfile } from '../config/temporal-profile.ts';
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
export function chosenProfile(choice: TemporalChoice): TemporalProfile {
  const base = choice.profile === undefined ? loadTemporalProfile() : loadNamedProfile(choice.profile);
  const address = choice.address ?? base.address;
  return { address, namespace: choice.namespace ?? base.namespace, connection: { ...base.connection, address } };
}

/** A client that has been answered once for its namespace. Throws `CommandError`. */
export async function connectClient(profile: TemporalProfile): Promise<Client> {
  try {
    const connection = await Connection.connect({ ...profile.connection, connectTimeout: CONNECT_TIMEOUT_MS });
    try {
      await connection.withDeadline(Date.now() + PROBE_TIMEOUT_MS, () =>
        connection.workflowService.describeNamespace({ namespace: profile.namespace }),
      );
      return new Client({ connection, namespace: profile.namespace });
    } catch (error) {
      await connection.close();
      throw error;
    }
  } catch (error) {
    throw temporalUnreachable(profile, error);
  }
}

export function temporalUnreachable(profile: TemporalProfile, error: unknown): CommandError {
  return new CommandError(
    EXIT.unreachable,
    `${explainUnreachable(profile, grpcCause(error) ?? error)} (or the options --address, --namespace, --profile)`,
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

function loadNamedProfile(profile: string): Pick<TemporalProfile, 'address' | 'namespace' | 'connection'> {
  const defaults = loadTemporalProfile();
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ profile });
    const address = connectionOptions.address ?? defaults.address;
    return { address, namespace: namespace ?? defaults.namespace, connection: { ...connectionOptions, address } };
  } catch (error) {
    throw new ConfigError(`Temporal profile ${profile}`, [error instanceof Error ? error.message : String(error)]);
  }
}
