/** What a command works with: configuration, Temporal, the cluster; each is reached when it is first needed. */

import type { Client } from '@temporalio/client';
import { ConfigError } from '../config/config-error.ts';
import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import { loadConfig } from '../config/load.ts';
import { type Config, ConfigSchema } from '../config/schema/config.ts';
import type { TemporalProfile } from '../config/temporal-profile.ts';
import { SNAT_PROFILE } from '../contracts/healing/names.ts';
import { grpcCause } from '../temporal/errors.ts';
import type { OpenApprovals, OpenNodes } from './cluster.ts';
import { type ChosenProfile, chosenNodeProfile } from './node-profile.ts';
import { chosenProfile, connectClient, type TemporalChoice, temporalUnreachable } from './temporal.ts';

export interface CommonOptions extends TemporalChoice {
  readonly cluster?: string | undefined;
  readonly config?: string | undefined;
  readonly kubeconfig?: string | undefined;
  /** A profile of nodes; default `snat`. `--profile` is one of the Temporal configuration. */
  readonly nodeProfile?: string | undefined;
}

export interface CommandContext {
  readonly config: Config;
  /** The one that the command is about. */
  readonly profile: ChosenProfile;
  client(): Promise<Client>;
  /** Loads the Kubernetes client, which takes half a second. */
  nodes(): Promise<OpenNodes['nodes']>;
  /** Likewise. */
  approvals(): Promise<OpenApprovals['approvals']>;
}

/** Opens what `run` asks for and closes it afterwards; failures of both servers become `CommandError`. */
export async function withContext<T>(options: CommonOptions, run: (context: CommandContext) => Promise<T>): Promise<T> {
  const config = chosenConfig(options);
  const profile = chosenProfile(options, config.temporal.apiKeyFile);
  const open: (() => Promise<void>)[] = [];
  let client: Promise<Client> | undefined;
  const nodeProfile = chosenNodeProfile(config, options.nodeProfile ?? SNAT_PROFILE);
  const chosenKubeconfig = () => {
    const { kubeconfig: path } = options;
    return path === undefined ? kubeconfigSource(config) : ({ kind: 'file', path } as const);
  };
  const context: CommandContext = {
    config,
    profile: nodeProfile,
    client() {
      client ??= connectClient(profile).then((connected) => {
        open.push(() => connected.connection.close());
        return connected;
      });
      return client;
    },
    async nodes() {
      const { openNodes } = await import('./cluster.ts');
      const cluster = openNodes(chosenKubeconfig(), nodeProfile);
      open.push(() => cluster.close());
      return cluster.nodes;
    },
    async approvals() {
      const { openApprovals } = await import('./cluster.ts');
      const cluster = openApprovals(chosenKubeconfig(), config.maintenance.upgrade.approval.namespace ?? null);
      open.push(() => cluster.close());
      return cluster.approvals;
    },
  };
  try {
    return await run(context);
  } catch (error) {
    throw explained(profile, error);
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
