/** Faults of a user's machine: a port that is taken, and files of another user. */

import { once } from 'node:events';
import { createServer } from 'node:net';
import { LOOPBACK } from '../../sandbox/ports.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { untilHealthy } from './containers.ts';
import type { Project } from './project.ts';

const OTHER_USER = '12345:12345';
const MESSAGE = 'no permission to read and write';
const MESSAGE_TIMEOUT_MS = 120_000;
const POLL_MS = 1_000;

/** Begins and ends with the project down. Where Prometheus cannot have its port, worker and starter must run. */
export async function startWithTakenPort(project: Project): Promise<void> {
  const server = createServer();
  server.listen(project.ports.PORT_PROMETHEUS, LOOPBACK);
  await once(server, 'listening');
  try {
    const { code, output } = await project.tryRun('up', '--detach');
    if (code === 0) throw new Error(`the port of Prometheus is taken, and \`up\` does not say so:\n${output}`);
    await untilHealthy(project, ['worker', 'starter', 'collector']);
  } finally {
    server.close();
    await project.run('down');
  }
}

/** Begins and ends with the project down, its volumes kept. The collector must name the permission, and nothing else. */
export async function startAsOtherUser(project: Project): Promise<void> {
  const other = await project.with({ VIGILANTE_USER: OTHER_USER });
  try {
    await other.run('up', '--detach', '--no-deps', 'collector');
    const log = await waitUntil(
      async () => {
        const text = await other.run('logs', '--no-log-prefix', 'collector');
        return text.includes(MESSAGE) || /disk I\/O/i.test(text) ? text : null;
      },
      { what: `the collector to say: ${MESSAGE}`, timeoutMs: MESSAGE_TIMEOUT_MS, pollMs: POLL_MS },
    );
    if (/disk I\/O/i.test(log)) throw new Error(`the collector blames the disk for a missing permission:\n${log}`);
  } finally {
    await other.run('down');
  }
}
