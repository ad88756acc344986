/** The commands of the README that are marked as runnable, run in their order by one shell, as a newcomer would. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';

/** Two sandboxes and two windows, on a machine that does other things as well. */
jest.setTimeout(600_000);

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

let home: string;
let environment: NodeJS.ProcessEnv;
let shell: ChildProcess | null = null;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'vigilante-readme-'));
  environment = { ...process.env, VIGILANTE_SANDBOX_HOME: home };
});

afterAll(async () => {
  // The group: with the shell goes what it was waiting for.
  if (shell?.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, 'SIGTERM');
  execFileSync(join(ROOT, 'bin/vigilante'), ['sandbox', 'down'], { env: environment, stdio: 'ignore' });
  await rm(home, { recursive: true, force: true });
});

/** Code blocks below a comment with the mark. */
function blocks(mark: 'runnable' | 'output'): readonly string[] {
  const fence = new RegExp(`<!-- ${mark} -->\n\`\`\`[a-z]+\n([\\s\\S]*?)\`\`\``, 'g');
  return [...readme.matchAll(fence)].map(([, text = '']) => text);
}

/** Without what differs from run to run: numbers, times, addresses, the width of columns. */
function shape(line: string): string {
  return line
    .replaceAll(/\d+([.:]\d+)*/g, '#')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

async function runTogether(commands: readonly string[]): Promise<{ code: number | null; output: string }> {
  shell = spawn('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${commands.join('\n')}`], {
    cwd: ROOT,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let output = '';
  shell.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(shell, 'exit');
  return { code: shell.exitCode, output };
}

test('every command runs and prints what the README says', async () => {
  const commands = blocks('runnable');
  expect(commands.length).toBeGreaterThan(5);
  const { code, output } = await runTogether(commands);
  const printed = new Set(output.split('\n').map(shape));
  const promised = blocks('output').flatMap((text) => text.trimEnd().split('\n'));
  const missing = promised.filter((line) => !printed.has(shape(line)));
  // The last lines say why a command failed.
  const why = code === 0 ? [] : output.trimEnd().split('\n').slice(-20);
  expect({ missing, code, why }).toEqual({ missing: [], code: 0, why: [] });
  expect(output).toMatch(/NODE +STATE +ATTEMPTS +PROVEN +LAST-EVIDENCE +WINDOW-LEFT/);
});
