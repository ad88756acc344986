/** How Temporal is reached: the standard TEMPORAL_* variables and profile file of all Temporal tools. */

import { readFileSync } from 'node:fs';
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';

import { ownMessageOf } from '../domain/error-message.ts';
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';
import { type ProxyAddress, proxyFor } from './proxy.ts';

const DEFAULT_ADDRESS = 'localhost:7233';
const DEFAULT_NAMESPACE = 'default';

export interface TemporalProfile {
  readonly address: string;
  readonly namespace: string;
  readonly connection: ClientConnectConfig['connectionOptions'];
  /** By which the address is reached; null for a direct connection. */
  readonly proxy: ProxyAddress | null;
}

export interface TemporalProfileChoice {
  /** File with the API key; goes before TEMPORAL_API_KEY. */
  readonly apiKeyFile?: string | undefined;
  /** Name of a profile in the profile file; default TEMPORAL_PROFILE. */
  readonly profile?: string | undefined;
  /** Goes before TEMPORAL_ADDRESS and the profile file. */
  readonly address?: string | undefined;
}

/** Reads every file again. Throws `ConfigError` where one cannot be read, or where the proxy cannot be used. */
export function loadTemporalProfile(
  env: Environment = process.env,
  choice: TemporalProfileChoice = {},
): TemporalProfile {
  const { apiKeyFile, profile } = choice;
  const set = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const overrideEnvVars = Object.fromEntries(set);
  const what =
    profile === undefined ? 'the TEMPORAL_* variables and their profile file' : `Temporal profile ${profile}`;
  try {
    if (apiKeyFile !== undefined) overrideEnvVars['TEMPORAL_API_KEY'] = readFileSync(apiKeyFile, 'utf8').trim();
    const options = { overrideEnvVars, ...(profile === undefined ? {} : { profile }) };
    const { connectionOptions, namespace } = loadClientConnectConfig(options);
    const address = choice.address ?? connectionOptions.address ?? DEFAULT_ADDRESS;
    return {
      address,
      namespace: namespace ?? DEFAULT_NAMESPACE,
      connection: {
        ...connectionOptions,
        address,
      },
      proxy: proxyFor(address, env),
    };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(what, [ownMessageOf(error)]);
  }
}
