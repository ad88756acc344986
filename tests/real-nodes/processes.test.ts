/** An agent without root and without any capability reads the privileges of real processes. */

import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect } from '@jest/globals';

import type { ReadProcess } from '../../contracts/connectivity/processes.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type AgentProcess, startAgent } from '../integration/agent/agent-process.ts';
import { startCollector, type TestCollector } from '../integration/agent/test-collector.ts';
import { type ContainerProcesses, createContainerProcesses } from './container-processes.ts';
import { testOnRealNodes } from './on-real-nodes.ts';
import { UNPRIVILEGED } from './unprivileged-agent.ts';

const execute = promisify(execFile);

let folder: string;
let collector: TestCollector;
let agent: AgentProcess | null;
let containers: ContainerProcesses;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigilante-processes-'));
  // mkdtemp makes it for its owner alone.
  await chmod(folder, 0o755);
  collector = await startCollector();
  agent = null;
  containers = await createContainerProcesses();
});

afterEach(async () => {
  await agent?.stop();
  await containers.end();
  await collector.stop();
  await rm(folder, { recursive: true });
});

function startUnprivileged(): AgentProcess {
  const args = ['-processes', `-serverendpoint=${collector.address}`, '-reportinterval=1', '-zeroextenderlength=0'];
  return startAgent({ args, command: 'setpriv', program: UNPRIVILEGED });
}

/** What the agent reports of containers, once it does of all of them and each program has been started. */
async function reported(names: Readonly<Record<string, readonly string[]>>) {
  agent = startUnprivileged();
  const found = () => {
    const read = collector.reports.at(-1)?.report.processes?.containers ?? [];
    const processes = new Map(read.map((container) => [container.id, container.processes]));
    const isThere = Object.entries(names).every(([id, expected]) => {
      const seen = (processes.get(id) ?? []).map(({ name }) => name);
      return seen.length === expected.length && expected.every((name) => seen.includes(name));
    });
    return isThere ? processes : null;
  };
  return waitUntil(found, {
    what: 'the containers in a report',
    timeoutMs: 60_000,
    explain: async () => JSON.stringify(collector.reports.at(-1)?.report.processes),
  });
}

const idOf = (digit: string) => digit.repeat(64);
const NOBODY = 'setpriv --reuid=65534 --regid=65534 --clear-groups';

async function program(name: string): Promise<string> {
  const file = join(folder, name);
  await copyFile('/bin/sleep', file);
  return file;
}

const NONE: Partial<ReadProcess> = { effective: '0', permitted: '0', userNamespace: false };

testOnRealNodes(
  'M50: uid 65534 without a capability reads user, capabilities and limits of every process',
  async () => {
    const withFile = await program('withfile');
    const setuid = await program('setuid');
    await execute('setcap', ['cap_net_raw+ep', withFile]);
    await chmod(setuid, 0o4755);
    await containers.start(idOf('1'), `exec ${NOBODY} --no-new-privs sleep 600`);
    await containers.start(idOf('2'), `exec ${NOBODY} ${withFile} 600`);
    await containers.start(idOf('3'), `exec ${NOBODY} ${setuid} 600`);
    await containers.start(
      idOf('4'),
      'exec setpriv --regid=65534 --clear-groups --bounding-set=-all,+net_admin,+net_raw sleep 600',
    );
    await containers.startMapped(idOf('5'), {
      map: '0 131072 65536\n',
      script: 'exec setpriv --reuid=1000 --regid=1000 --clear-groups sleep 600',
    });
    const found = await reported({
      [idOf('1')]: ['sleep'],
      [idOf('2')]: ['withfile'],
      [idOf('3')]: ['setuid'],
      [idOf('4')]: ['sleep'],
      [idOf('5')]: ['sleep'],
    });
    const only = (digit: string) => found.get(idOf(digit))?.[0];
    expect(only('1')).toMatchObject({ ...NONE, uid: 65_534, gid: 65_534, noNewPrivileges: true });
    expect(only('2')).toMatchObject({ uid: 65_534, effective: '2000', permitted: '2000', noNewPrivileges: false });
    expect(only('3')).toMatchObject({ uid: 0, gid: 65_534 });
    expect(only('3')?.effective).not.toBe('0');
    expect(only('4')).toMatchObject({ uid: 0, gid: 65_534, effective: '3000', permitted: '3000' });
    expect(only('5')).toMatchObject({ ...NONE, uid: 1_000, gid: 1_000, userNamespace: true });
  },
);

testOnRealNodes(
  'M50: processes of one container that differ are reported each, the most privileged first',
  async () => {
    const container = idOf('6');
    await containers.start(container, `exec ${NOBODY} sleep 600`);
    await containers.start(container, `exec ${NOBODY} sleep 600`);
    await containers.start(container, 'exec setpriv --bounding-set=-all tail -f /dev/null');
    const found = await reported({ [container]: ['tail', 'sleep'] });
    expect(found.get(container)?.map(({ name, uid }) => [name, uid])).toEqual([
      ['tail', 0],
      ['sleep', 65_534],
    ]);
  },
);
