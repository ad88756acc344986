/** docker-compose.yml in one profile, under a name and on ports of its own: nothing of a developer's is touched. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { freePorts } from '../../sandbox/ports.ts';
import { type Profile, ROOT } from '../chart/compose-file.ts';
import type { Cluster } from './cluster.ts';
import { type CommandResult, docker, tryDocker } from './docker.ts';

/** What publishes a port, as in the head of the file. */
const PORT_VARIABLES = [
  'PORT_TEMPORAL_UI',
  'PORT_TEMPORAL',
  'PORT_WORKER',
  'PORT_STARTER',
  'PORT_PROMETHEUS',
  'PORT_GRAFANA',
] as const;
type PortVariable = (typeof PORT_VARIABLES)[number] | 'PORT_COLLECTOR';
export type Ports = Readonly<Record<PortVariable, number>>;

const ContainerSchema = z.object({
  ID: z.string(),
  Service: z.string(),
  State: z.string(),
  Health: z.string().default(''),
});
export type Container = z.infer<typeof ContainerSchema>;

export interface Project {
  readonly profile: Profile;
  readonly ports: Ports;
  /** `docker compose` with the files, the variables and the profile; throws where it fails. */
  run(...args: readonly string[]): Promise<string>;
  /** The same, and answers also where it fails. */
  tryRun(...args: readonly string[]): Promise<CommandResult>;
  /** With other variables than before. */
  with(variables: Readonly<Record<string, string>>): Promise<Project>;
  /** Also those that have ended. */
  containers(): Promise<readonly Container[]>;
  container(service: string): Promise<Container>;
}

/** The sandbox's agents report to the port of its own collector, which the container's takes over. */
export async function choosePorts(cluster: Cluster): Promise<Ports> {
  const free = await freePorts(PORT_VARIABLES.length);
  const chosen = Object.fromEntries(PORT_VARIABLES.map((name, index) => [name, free[index] ?? 0]));
  return { ...chosen, PORT_COLLECTOR: cluster.sandbox.layout.ports.collector } as Ports;
}

/** `name` is that of the project; the variables are in a file, as a user's are in `.env`. */
export async function openProject(
  cluster: Cluster,
  { name, profile, ports }: { name: string; profile: Profile; ports: Ports },
  changes: Readonly<Record<string, string>> = {},
): Promise<Project> {
  const file = join(cluster.sandbox.layout.folder, `${[profile, ...Object.keys(changes)].join('-')}.env`);
  const variables = {
    VIGILANTE_KUBECONFIG: cluster.kubeconfig,
    VIGILANTE_CONF: cluster.configuration,
    VIGILANTE_USER: '1000:1000',
    CLUSTER_NETWORK: cluster.network.name,
    ...ports,
    ...changes,
  };
  const lines = Object.entries(variables).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(file, lines.join(''));
  const files = ['docker-compose.yml', 'deploy/compose-network.yml'].flatMap((path) => ['--file', `${ROOT}${path}`]);
  const options = ['compose', '--project-name', name, '--env-file', file, ...files, '--profile', profile];
  const env = withoutVariables(Object.keys(variables));
  const run: Project['run'] = (...args) => docker([...options, ...args], env);
  const containers = async () => {
    const lines = (await run('ps', '--all', '--format', 'json')).split('\n').filter((line) => line !== '');
    return lines.map((line) => ContainerSchema.parse(JSON.parse(line)));
  };
  return {
    profile,
    ports,
    run,
    tryRun: (...args) => tryDocker([...options, ...args], env),
    with: (others) => openProject(cluster, { name, profile, ports }, { ...changes, ...others }),
    containers,
    async container(service) {
      const found = (await containers()).find((one) => one.Service === service);
      if (found === undefined) throw new Error(`the project has no container of ${service}`);
      return found;
    },
  };
}

/** The shell's variables come before those of the file. */
function withoutVariables(names: readonly string[]): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !names.includes(name) && !/^(COMPOSE_|TEMPORAL_|POSTGRES_)/.test(name),
  );
  return Object.fromEntries(kept);
}
