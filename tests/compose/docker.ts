/** The Docker engine of this machine and its Compose, as programs. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { MissingPrerequisite } from '../../sandbox/tools/missing-prerequisite.ts';

export interface CommandResult {
  /** Null where a signal ended it. */
  readonly code: number | null;
  /** Standard output, then standard error. */
  readonly output: string;
  readonly stdout: string;
}

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/** The first `up` builds the image. */
const COMMAND_TIMEOUT_MS = 30 * 60_000;
const FAILURE_LINES = 30;
/** Older ones do not know `required: false` of `depends_on`. */
const COMPOSE_VERSION_MIN = [2, 20] as const;

const FailureSchema = z.object({ code: z.number().nullable().catch(null), stdout: z.string(), stderr: z.string() });

const execute = promisify(execFile);

/** Runs `docker`, and answers also where it fails. */
export async function tryDocker(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<CommandResult> {
  try {
    const options = { env, maxBuffer: OUTPUT_BYTES_MAX, timeout: COMMAND_TIMEOUT_MS };
    const { stdout, stderr } = await execute('docker', [...args], options);
    return { code: 0, stdout, output: `${stdout}${stderr}` };
  } catch (error) {
    const failure = FailureSchema.safeParse(error);
    if (!failure.success) throw error;
    const { code, stdout, stderr } = failure.data;
    return { code, stdout, output: `${stdout}${stderr}` };
  }
}

/** Answers what `docker` prints on standard output; throws with the end of its output where it fails. */
export async function docker(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { code, stdout, output } = await tryDocker(args, env);
  if (code === 0) return stdout.trim();
  throw new Error(`docker ${args.join(' ')} failed:\n${output.trimEnd().split('\n').slice(-FAILURE_LINES).join('\n')}`);
}

/** What runs the containers, in a line. Throws `MissingPrerequisite` where something is missing. */
export async function demandEngine(): Promise<string> {
  const client = await tryDocker(['--version']).catch(() => null);
  if (client === null) throw new MissingPrerequisite('docker is not on the PATH');
  const engine = await tryDocker(['version', '--format', '{{.Server.Version}}']);
  if (engine.code !== 0) {
    const where = process.env['DOCKER_HOST'] ?? 'the default socket';
    throw new MissingPrerequisite(`no Docker engine answers at ${where}; DOCKER_HOST names another one`);
  }
  const compose = await tryDocker(['compose', 'version', '--short']);
  const version = compose.stdout.trim();
  if (compose.code !== 0) throw new MissingPrerequisite('docker has no command `compose`: install its plugin');
  if (!isComposeNewEnough(version)) {
    throw new MissingPrerequisite(`Docker Compose is ${version}; at least ${COMPOSE_VERSION_MIN.join('.')} is needed`);
  }
  return `Docker engine ${engine.stdout.trim()}, Docker Compose ${version}`;
}

export function isComposeNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [majorMin, minorMin] = COMPOSE_VERSION_MIN;
  return major > majorMin || (major === majorMin && minor >= minorMin);
}

export interface ClusterNetwork {
  readonly name: string;
  /** This machine's address on it. */
  readonly gateway: string;
  remove(): Promise<void>;
}

/** A network for `deploy/compose-network.yml`, as kind and minikube have one. */
export async function createClusterNetwork(name: string): Promise<ClusterNetwork> {
  await docker(['network', 'create', name]);
  const gateway = await docker(['network', 'inspect', name, '--format', '{{(index .IPAM.Config 0).Gateway}}']);
  const remove = async () => void (await docker(['network', 'rm', name]));
  return { name, gateway, remove };
}
