/** What the real processes say and return when they cannot start, and what they do while Temporal is away. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';

import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { freeTemporalPorts, startTemporalServer } from '../runtime/temporal-server.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/vigilante', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vigilante-exit-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(PROGRAM, args, { env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env } });
}

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = start(args, env);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr?.on('data', (chunk) => (stderr += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

test.each(['worker', 'starter'])(
  'a %s with a wrong configuration reports all problems without a stack, code 78',
  async (name) => {
    const config = fileOf(`${name}.yaml`, 'clutser: prod\nhealing: { window: forever }\n');
    const { code, stdout, stderr } = await run([name, '--config', config], { VIGILANTE_HTTP_PORT: 'web' });
    expect(code).toBe(78);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toEqual([
      `wrong configuration, 3 problems in ${config} and the environment:`,
      '  healing.window: "forever": expected a duration such as 500ms, 30s, 2m or 1h, from 1s to 1d',
      '  VIGILANTE_HTTP_PORT="web": expected a port from 1 to 65535, or 0: any free one (sets http.port)',
      expect.stringMatching(/^ {2}clutser: unknown key; did you mean cluster\?/),
    ]);
  },
);

test('a kubeconfig that cannot be read is code 78 as well', async () => {
  const { code, stderr } = await run(['starter'], { KUBECONFIG: '/missing/kubeconfig' });
  expect(code).toBe(78);
  expect(stderr).toContain('/missing/kubeconfig');
  expect(stderr).not.toContain('    at ');
});

test('wrong arguments are code 64 with the usage; --help is code 0', async () => {
  const wrong = await run(['worker', '--conf', 'x']);
  expect(wrong).toMatchObject({ code: 64, stdout: '' });
  expect(wrong.stderr).toContain('Usage: vigilante worker');
  expect(await run(['starter', '--help'])).toMatchObject({ code: 0, stderr: '' });
});

test('H11: a worker that cannot reach Temporal waits, is not ready, and goes on by itself when it can', async () => {
  const [httpPort = 0] = await freePorts(1);
  const ports = await freeTemporalPorts();
  const child = start(['worker'], {
    KUBECONFIG: fileOf('kubeconfig', kubeconfig()),
    TEMPORAL_ADDRESS: `${LOOPBACK}:${ports.frontend}`,
    VIGILANTE_HTTP_HOST: LOOPBACK,
    VIGILANTE_HTTP_PORT: String(httpPort),
    VIGILANTE_TEMPORAL_METRICS_PORT: '0',
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = `http://${LOOPBACK}:${httpPort}`;
  try {
    const waiting = await eventually(
      () => readiness(url),
      (checks) => checks !== null,
    );
    expect(waiting).toMatchObject({ temporal: expect.stringContaining(`not connected to Temporal at ${LOOPBACK}`) });
    const server = await startTemporalServer(ports);
    try {
      const found = await eventually(
        () => readiness(url),
        (checks) => checks?.['worker'] === 'ok',
      );
      expect(found).toMatchObject({ worker: 'ok', temporal: 'ok', nodes: expect.stringContaining('not listed yet') });
      child.kill('SIGTERM');
      expect(await exited).toBe(0);
    } finally {
      await server.stop();
    }
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
});

/** Null while nothing answers. */
async function readiness(url: string): Promise<Record<string, string> | null> {
  try {
    const answer = await fetch(`${url}/readyz`);
    const body = (await answer.json()) as { checks: Record<string, string> };
    return body.checks;
  } catch {
    return null;
  }
}

async function eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const endMs = performance.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (isRight(answer) || performance.now() > endMs) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Nothing listens on port 1. */
function kubeconfig(): string {
  const cluster = { server: 'https://127.0.0.1:1' };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'none', cluster }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'none', context: { cluster: 'none', user: 'nobody' } }],
    'current-context': 'none',
  });
}
