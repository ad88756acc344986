/** The agent as plain JavaScript, built in a copy of its sources. */

import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { AGENT_ENVIRONMENT, type AgentProcess, startAgent } from './agent-process.ts';
import { startCollector, type TestCollector } from './test-collector.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const STALE = /the prebuilt agent is not of these sources/;

let checkout: string;
let collector: TestCollector;
let agent: AgentProcess | null = null;

beforeAll(async () => {
  collector = await startCollector();
  checkout = mkdtempSync(join(tmpdir(), 'vigilante-prebuilt-test-'));
  for (const folder of ['agent', 'config', 'contracts', 'domain', 'runtime']) {
    cpSync(join(ROOT, folder), join(checkout, folder), { recursive: true });
  }
  writeFileSync(join(checkout, 'package.json'), '{"type":"module"}');
  const { status, stdout } = spawnSync(process.execPath, [join(checkout, 'agent', 'build-agent.ts')], {
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${join(checkout, 'build', 'agent', 'main.js')}\n` });
});
afterEach(async () => {
  await agent?.stop('SIGKILL');
  agent = null;
});
afterAll(async () => {
  await collector.stop();
  rmSync(checkout, { recursive: true, force: true });
});

async function reportOf(folder: string): Promise<AgentProcess> {
  const before = collector.reports.length;
  const program = [join(folder, 'build', 'agent', 'main.js')];
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`], program });
  await collector.reported(before + 1);
  return agent;
}

test('reports without a warning from a checkout with the sources that it was built from', async () => {
  const running = await reportOf(checkout);
  await running.logged(/^the collector takes the reports$/);
  expect(running.output().stderr).toBe('');
});

test('runs alone, as in an image: no sources beside it, whatever package.json lies above', async () => {
  const image = mkdtempSync(join(tmpdir(), 'vigilante-image-test-'));
  try {
    cpSync(join(checkout, 'build'), join(image, 'build'), { recursive: true });
    writeFileSync(join(image, 'package.json'), '{"type":"commonjs"}');
    const running = await reportOf(image);
    expect(running.output().stderr).toBe('');
    expect(await running.stop()).toBe(0);
  } finally {
    rmSync(image, { recursive: true, force: true });
  }
});

test('vigilante agent runs the prebuilt agent where there is one, with less memory than the sources need', async () => {
  mkdirSync(join(checkout, 'bin'));
  cpSync(join(ROOT, 'bin', 'vigilante'), join(checkout, 'bin', 'vigilante'));
  const env = { ...AGENT_ENVIRONMENT, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };
  const args = [`-serverendpoint=${collector.address}`, '-reportinterval=1'];
  agent = startAgent({ args, env, command: 'sh', program: [join(checkout, 'bin', 'vigilante'), 'agent'] });
  const built = await agent.logged(/^the collector takes the reports$/);
  expect(await agent.stop()).toBe(0);
  agent = startAgent({ args });
  const sources = await agent.logged(/^the collector takes the reports$/);
  // 56 against 90 where this was written: half of that would tell of a compiler that is loaded after all.
  expect(Number(built['memoryMB'])).toBeLessThan(Number(sources['memoryMB']) - 15);
});

test.each([
  'agent/schedule.ts',
  'config/agent-environment.ts',
  'contracts/connectivity/agent-report.ts',
  'runtime/pause.ts',
])('says so and runs the sources when %s has changed', async (file) => {
  const path = join(checkout, file);
  const kept = `${path}.kept`;
  cpSync(path, kept);
  try {
    appendFileSync(path, '\n// Changed.\n');
    const running = await reportOf(checkout);
    expect(running.output().stderr).toMatch(STALE);
  } finally {
    renameSync(kept, path);
  }
});

test('holds everything that it loads, as JavaScript without types', () => {
  const built = join(checkout, 'build', 'agent');
  for (const file of [
    'agent/main.js',
    'agent/http-exchange.js',
    'contracts/connectivity/agent-report.js',
    'runtime/pause.js',
  ]) {
    expect(existsSync(join(built, file))).toBe(true);
  }
  const check = spawnSync(process.execPath, ['--no-strip-types', '--check', join(built, 'agent', 'http-exchange.js')]);
  expect(check.status).toBe(0);
});
