/** Reaches Temporal for a command, or says what was tried and what to check. */

import type { Client } from '@temporalio/client';
import { loadTemporalProfile, type TemporalProfile } from '../config/temporal-profile.ts';
import { explainUnreachable, grpcCause } from '../temporal/errors.ts';
import { openClient } from '../temporal/open-client.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** What `--address`, `--namespace` and `--profile` say. */
export interface TemporalChoice {
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  readonly profile?: string | undefined;
}

/** The options go before the environment and the profile file. Throws `ConfigError`. */
export function chosenProfile(choice: TemporalChoice, apiKeyFile: string | undefined): TemporalProfile {
  const { address, profile, namespace } = choice;
  const loaded = loadTemporalProfile(undefined, { address, profile, apiKeyFile });
  return { ...loaded, namespace: namespace ?? loaded.namespace };
}

/** Throws `CommandError`. */
export async function connectClient(profile: TemporalProfile): Promise<Client> {
  try {
    return await openClient(profile);
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
