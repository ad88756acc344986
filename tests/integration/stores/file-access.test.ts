/** The embedded store on files that belong to another user: the message says so. */

import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const execute = promisify(execFile);
const MODULE = fileURLToPath(new URL('../../../collector/stores/sqlite-file.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;
/** Root may do everything, so the store is opened by another user then; else the files lose their rights. */
const OTHER_USER = isRoot ? { uid: 54_321, gid: 54_321 } : {};

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigilante-file-access-'));
  await chmod(folder, 0o1777);
  file = join(folder, 'reports.db');
});

afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

/** What `openSqliteFile` throws, in a process of its own; empty where it opens the file. */
async function openingFails(user: { uid?: number; gid?: number }): Promise<string> {
  const script = `
    const { openSqliteFile } = await import(${JSON.stringify(MODULE)});
    try { openSqliteFile(${JSON.stringify(file)}).close(); }
    catch (error) { process.stdout.write(error.name + ': ' + error.message); }`;
  const args = ['--no-warnings', '--input-type=module', '--eval', script];
  return (await execute(process.execPath, args, { ...user, cwd: '/' })).stdout;
}

test.each(['reports.db', 'reports.db-wal'])(
  'where %s is not for this user the message says permission and whose it is',
  async (name) => {
    expect(await openingFails({})).toBe('');
    await chmod(file, 0o666);
    await writeFile(join(folder, name), '', { flag: 'a' });
    await chmod(join(folder, name), 0o444);
    const message = await openingFails(OTHER_USER);
    expect(message).toContain(`FileUnusable: no permission to read and write ${join(folder, name)}`);
    expect(message).toContain(`belongs to user ${process.getuid?.()}, group ${process.getgid?.()}`);
    expect(message).toContain(`this process runs as user ${OTHER_USER.uid ?? process.getuid?.()}`);
  },
);

test('where the folder is not for this user the message says so', async () => {
  await chmod(folder, 0o555);
  expect(await openingFails(OTHER_USER)).toContain(`FileUnusable: no permission to write into ${folder}`);
});

test('a new file of this user is opened', async () => {
  expect(await openingFails(OTHER_USER)).toBe('');
});
