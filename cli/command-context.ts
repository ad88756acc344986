/** What a command works with: configuration, Temporal, the cluster; each is reached when it is first needed. */

import type { Client } from '@temporalio/client';
import { ConfigError } from '../config/config-error.ts';
import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import { loadConfig } from '../config/load.ts';
import { type HealingProfile, profilesOf } from '../config/policies/profiles.ts';
import { type Config, ConfigSchema } from '../config/schema/config.ts';
import type { TemporalProfile } from '../config/temporal-profile.ts';
import { grpcCause } from '../temporal/errors.ts';
import type { OpenNodes } from './cluster.ts';
import { chosenProfile, connectClient, type TemporalChoice, temporalUnreachable } from './temporal.ts';

export interface CommonOptions extends TemporalChoice {
  readonly cluster?: string | undefined;
  readonly config?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

export interface CommandContext {
  readonly config: Config;
  client(): Promise<Client>;
  /** Loads the Kubernetes client, which takes half a second. Default: the nodes of `snat`. */
  nodes(profile?: HealingProfile): Promise<OpenNodes['nodes']>;
}

/** Opens what `run` asks for and closes it afterwards; failures of both servers become `CommandError`. */
export async function withContext<T>(options: CommonOptions, run: (context: CommandContext) => Promise<T>): Promise<T> {
  const config = chosenConfig(options);
  const temporal = chosenProfile(options, config.temporal.apiKeyFile);
  const open: (() => Promise<void>)[] = [];
  let client: Promise<Client> | undefined;
  const context: CommandContext = {
    config,
    client() {
      client ??= connectClient(temporal).then((connected) => {
        open.push(() => connected.connection.close());
        return connected;
      });
      return client;
    },
    async nodes(profile = profilesOf(config)[0]) {
      const { openNodes } = await import('./cluster.ts');
      const chosen = options.kubeconfig === undefined ? null : ({ kind: 'file', path: options.kubeconfig } as const);
      const cluster = openNodes(chosen ?? kubeconfigSource(config), profile);
      open.push(() => cluster.close());
      return cluster.nodes;
    },
  };
  try {
    return await run(context);
  } catch (error) {
    throw explained(temporal, error);
  } finally {
    await Promise.all(open.map((close) => close()));
  }
}

function chosenConfig({ config: path, cluster }: CommonOptions): Config {
  const config = loadConfig({ path });
  if (cluster === undefined) return config;
  if (!ConfigSchema.shape.cluster.safeParse(cluster).success) {
    const allowed = 'a DNS label: lower case letters, digits and dashes, at most 63';
    throw new ConfigError('the options', [`--cluster: ${JSON.stringify(cluster)} is not allowed: expected ${allowed}`]);
  }
  return { ...config, cluster };
}

function explained(profile: TemporalProfile, error: unknown): unknown {
  return grpcCause(error) === null ? error : temporalUnreachable(profile, error);
}
