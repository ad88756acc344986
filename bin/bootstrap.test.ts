/** The bootstrap in a project of its own. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'vigilante-bootstrap-test-'));
  mkdirSync(join(project, 'bin'));
  copyFileSync(fileURLToPath(new URL('./bootstrap.js', import.meta.url)), join(project, 'bin', 'bootstrap.js'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
});

afterEach(() => {
  rmSync(project, { recursive: true, force: true });
});

function lock(wanted: object, installed?: object): void {
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }));
  if (installed === undefined) return;
  mkdirSync(join(project, 'node_modules', '.bin'), { recursive: true });
  writeFileSync(join(project, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
}

/** Without npm on the PATH an attempt to install shows itself. */
function run(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const tools = join(project, 'tools');
  mkdirSync(tools);
  symlinkSync('/bin/sh', join(tools, 'sh'));
  return spawnSync(process.execPath, [join(project, 'bin', 'bootstrap.js'), ...args], {
    env: { PATH: tools },
    encoding: 'utf8',
  });
}

const PACKAGE = { 'node_modules/one': { version: '1.2.3' } };

test('runs the command with the packages first on the PATH, and ends as it ended', () => {
  lock(PACKAGE, PACKAGE);
  const { status, stdout } = run('sh', '-c', 'echo "$PATH"; exit 7');
  expect(status).toBe(7);
  expect(stdout.split(':')[0]).toBe(join(project, 'node_modules', '.bin'));
});

test('ends with the exit code of a shell when a signal ended the command', () => {
  lock(PACKAGE, PACKAGE);
  expect(run('sh', '-c', 'kill -TERM $$').status).toBe(143);
});

test.each([
  ['nothing was installed', PACKAGE, undefined],
  ['a package has another version', PACKAGE, { 'node_modules/one': { version: '1.2.2' } }],
  ['a package is missing', { ...PACKAGE, 'node_modules/two': { version: '1.0.0' } }, PACKAGE],
])('installs when %s; without npm it says so in one line', (_, wanted, installed) => {
  lock(wanted, installed);
  const { status, stderr } = run('sh', '-c', 'exit 0');
  expect(status).toBe(69);
  expect(stderr).toBe('npm is not on the PATH: it comes with Node (https://nodejs.org)\n');
});

test('an optional package of another platform need not be installed', () => {
  lock({ ...PACKAGE, 'node_modules/two': { version: '1.0.0', optional: true } }, PACKAGE);
  expect(run('sh', '-c', 'exit 0').status).toBe(0);
});

test('says what cannot be run', () => {
  lock(PACKAGE, PACKAGE);
  const { status, stderr } = run('no-such-command');
  expect(status).toBe(69);
  expect(stderr).toContain('cannot run no-such-command');
});
