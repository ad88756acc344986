/** How Temporal is reached: the standard TEMPORAL_* variables and profile file of all Temporal tools. */

import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';

import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';

const DEFAULT_ADDRESS = 'localhost:7233';
const DEFAULT_NAMESPACE = 'default';

export interface TemporalProfile {
  readonly address: string;
  readonly namespace: string;
  readonly connection: ClientConnectConfig['connectionOptions'];
}

/** Throws `ConfigError` where the profile file or a file it names cannot be read. */
export function loadTemporalProfile(env: Environment = process.env): TemporalProfile {
  const set = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) });
    const address = connectionOptions.address ?? DEFAULT_ADDRESS;
    return { address, namespace: namespace ?? DEFAULT_NAMESPACE, connection: { ...connectionOptions, address } };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError('the TEMPORAL_* variables and their profile file', [reason]);
  }
}
