/** Reading a folder like `/proc`: what is put together, what is bounded, what cannot be read. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { CONTAINERS_MAX, PROCESSES_MAX } from '../../contracts/connectivity/processes.ts';
import { createProcessReading } from './process-reading.ts';

let proc: string;

beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'vigilante-proc-'));
});

afterEach(() => rmSync(proc, { recursive: true }));

const idOf = (number: number) => number.toString(16).padStart(64, '0');

interface Process {
  readonly container?: number | null;
  readonly name?: string;
  readonly uid?: number;
  readonly effective?: string;
  readonly map?: string;
  readonly status?: string;
}

function put(pid: number | string, process: Process): void {
  const { container = 1, name = 'a', uid = 65_534, effective = '0', map = '0 0 4294967295\n' } = process;
  const folder = join(proc, String(pid));
  mkdirSync(folder);
  writeFileSync(join(folder, 'cgroup'), container === null ? '0::/\n' : `0::/pod1/${idOf(container)}\n`);
  const status = `Name:\t${name}\nUid:\t1\t${uid}\t1\t1\nGid:\t1\t65534\t1\t1\nCapPrm:\t0\nCapEff:\t${effective}\n`;
  writeFileSync(join(folder, 'status'), process.status ?? status);
  writeFileSync(join(folder, 'uid_map'), map);
  writeFileSync(join(folder, 'gid_map'), map);
}

async function read() {
  const reading = createProcessReading(proc);
  expect(reading.latest()).toBeNull();
  await reading.refresh();
  const latest = reading.latest();
  if (latest === null) throw new Error('nothing was read');
  return latest;
}

test('processes that are alike are one, and those of no container are left out', async () => {
  put(1, { container: null, uid: 0 });
  put(2, {});
  put(3, { name: 'b' });
  put(4, { container: 2, uid: 0 });
  put('self', { container: 3 });
  const { containers, problem } = await read();
  expect(containers.map(({ id, processes }) => [id, processes.map(({ uid }) => uid)])).toEqual([
    [idOf(1), [65_534]],
    [idOf(2), [0]],
  ]);
  expect(problem).toBeNull();
});

test('M52: the most privileged processes of a container are kept, and the others counted', async () => {
  for (let uid = 1; uid <= PROCESSES_MAX + 2; uid += 1) put(uid, { uid: 100 + uid });
  put(900, { uid: 0 });
  put(901, { uid: 900, effective: '2000' });
  const [container] = (await read()).containers;
  expect(container?.processes.slice(0, 2).map(({ uid }) => uid)).toEqual([0, 900]);
  expect(container?.processes).toHaveLength(PROCESSES_MAX);
  expect(container?.omitted).toBe(4);
});

test('M52: so many containers are reported, and the others counted', async () => {
  for (let pid = 1; pid <= CONTAINERS_MAX + 3; pid += 1) put(pid, { container: pid });
  const { containers, omitted } = await read();
  expect([containers.length, omitted]).toEqual([CONTAINERS_MAX, 3]);
});

test('M50: ids of a user namespace are those inside', async () => {
  put(1, { uid: 131_072, map: '0 131072 65536\n' });
  expect((await read()).containers[0]?.processes).toEqual([
    expect.objectContaining({ uid: 0, userNamespace: true, gid: 65_534 }),
  ]);
});

test('a process that ends meanwhile is none, and one that cannot be read is said', async () => {
  mkdirSync(join(proc, '1'));
  put(2, {});
  expect(await read()).toMatchObject({ containers: [expect.anything()], problem: null });
  put(3, { status: 'Name:\tx\n' });
  expect((await read()).problem).toContain('1 processes cannot be read');
});

test('without a process of a container the report says what may be missing', async () => {
  put(1, { container: null });
  expect(await read()).toEqual({ containers: [], omitted: 0, problem: expect.stringContaining('hostPID') });
});

test('a folder that is not there is said', async () => {
  const reading = createProcessReading(join(proc, 'none'));
  await reading.refresh();
  expect(reading.latest()?.problem).toContain('cannot be read');
});
