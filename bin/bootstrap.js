/**
 * Installs what is missing, then runs a command: what `npm start` and `npm test` begin with on a fresh clone.
 *
 * Plain JavaScript without any package, for Node 20: the Node 24 that everything else runs on is among the packages
 * that this installs.
 */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const MODULES = join(ROOT, 'node_modules');

/** `EX_UNAVAILABLE` and `EX_USAGE` of sysexits.h. */
const EXIT_UNAVAILABLE = 69;
const EXIT_USAGE = 64;
/** What a shell answers for a command that a signal ended: this plus the signal's number. */
const EXIT_SIGNAL_BASE = 128;
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 };
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const [command, ...args] = process.argv.slice(2);
if (command === undefined) fail('usage: node bin/bootstrap.js COMMAND [ARGUMENT…]', EXIT_USAGE);

if (!isInstalled()) install();
run();

/**
 * Whether what npm last installed is what package-lock.json asks for. npm notes at the end of an install what it has
 * put there, in `node_modules/.package-lock.json`: an install that was broken off has no such file. Optional packages
 * of other platforms are not in it.
 */
function isInstalled() {
  const installed = packagesIn(join(MODULES, '.package-lock.json'));
  const wanted = packagesIn(join(ROOT, 'package-lock.json'));
  return Object.entries(wanted).every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined ? optional === true || devOptional === true : found.version === version;
  });
}

function packagesIn(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

function install() {
  if (spawnSync('npm', ['--version'], { stdio: 'ignore' }).status !== 0) {
    fail('npm is not on the PATH: it comes with Node (https://nodejs.org)', EXIT_UNAVAILABLE);
  }
  console.error('installing the packages of package-lock.json (npm ci)…');
  // The output of npm goes where progress belongs; what the command prints on standard output stays alone there.
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--progress'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (done.status !== 0) fail('npm ci failed, see above', done.status ?? EXIT_UNAVAILABLE);
}

function run() {
  const path = [join(MODULES, '.bin'), process.env.PATH ?? ''].join(delimiter);
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, PATH: path } });
  // A terminal sends Ctrl-C to both; the child decides when it is done, and this process ends with it.
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`cannot run ${command}: ${error.message}`, EXIT_UNAVAILABLE));
  child.on('exit', (code, signal) => {
    process.exit(code ?? EXIT_SIGNAL_BASE + (SIGNAL_NUMBERS[signal] ?? 0));
  });
}

function fail(message, code) {
  console.error(message);
  process.exit(code);
}
