/** What happens to containers: one dies, and comes back by itself. */

import { waitUntil } from '../../sandbox/wait-until.ts';
import { docker } from './docker.ts';
import type { Container, Project } from './project.ts';

/** Has Node and `kill`, and is there once the project runs. */
const IMAGE = 'vigilante:dev';
const POLL_MS = 500;
const RETURN_TIMEOUT_MS = 180_000;

/**
 * Kills the container's first process and waits until the container is healthy again; answers how long that took, in
 * milliseconds. `docker kill` would not do: the engine takes it for a wish, and leaves the container as it is.
 */
export async function killAndAwait(project: Project, service: string): Promise<number> {
  const startMs = Date.now();
  const before = await project.container(service);
  const { pid, starts } = await lifeOf(before);
  const kill = ['run', '--rm', '--pid', 'host', '--user', '0', '--entrypoint', 'node', IMAGE];
  await docker([...kill, '--eval', `process.kill(${pid}, 'SIGKILL')`]);
  await waitUntil(async () => (await lifeOf(before)).starts > starts, {
    what: `${service} to be started again by the engine`,
    timeoutMs: RETURN_TIMEOUT_MS,
    pollMs: POLL_MS,
  });
  await untilHealthy(project, [service]);
  return Date.now() - startMs;
}

export async function untilHealthy(project: Project, services: readonly string[]): Promise<void> {
  const isHealthy = async () => {
    const containers = await project.containers();
    return services.every((name) =>
      containers.some(({ Service, State, Health }) => Service === name && State === 'running' && Health === 'healthy'),
    );
  };
  await waitUntil(isHealthy, {
    what: `${services.join(', ')} to be healthy`,
    timeoutMs: RETURN_TIMEOUT_MS,
    pollMs: POLL_MS,
    explain: () => project.run('logs', '--tail', '10', ...services),
  });
}

async function lifeOf({ ID }: Container): Promise<{ pid: number; starts: number }> {
  const text = await docker(['inspect', ID, '--format', '{{.State.Pid}} {{.RestartCount}}']);
  const [pid = 0, starts = 0] = text.split(' ').map(Number);
  return { pid, starts };
}
