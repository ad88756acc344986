/** The real process `vigilante echo`, with a key of its own, on free ports. */

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePorts } from '../../../sandbox/ports.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { callUrl } from '../collector/collector-call.ts';

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface EchoProcess {
  readonly pid: number;
  readonly port: number;
  /** Where it answers, with `/v1/source`. */
  readonly url: string;
  readonly metricsUrl: string;
  readonly keyFile: string;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): Promise<Ended>;
}

const PROGRAM = fileURLToPath(new URL('../../../bin/vigilante', import.meta.url));
const READY_TIMEOUT_MS = 120_000;

/** Runs a command such as `echo key generate` to its end. */
export async function runVigilante(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(PROGRAM, args, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err }),
    );
  });
}

export interface EchoProcesses {
  readonly folder: string;
  /** `config`: keys of the part `echo`, and beside it what `rest` has. Resolves when it answers, unless told otherwise. */
  start(options?: {
    readonly config?: Readonly<Record<string, unknown>>;
    readonly rest?: Readonly<Record<string, unknown>>;
    readonly untilReady?: boolean;
  }): Promise<EchoProcess>;
  stop(): Promise<void>;
}

export async function echoProcesses(): Promise<EchoProcesses> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-echo-'));
  const keyFile = join(folder, 'ed25519.pem');
  await writeFile(keyFile, (await runVigilante(['echo', 'key', 'generate'])).out);
  const running = new Set<EchoProcess>();
  return {
    folder,
    async start({ config = {}, rest = {}, untilReady = true } = {}) {
      const [port = 0, metricsPort = 0] = await freePorts(2);
      const echo = { name: 'onprem-1', endpoint: `127.0.0.1:${port}`, keyFile, metricsPort, ...config };
      const file = join(folder, `${port}.yaml`);
      await writeFile(file, stringify({ http: { host: '127.0.0.1' }, echo, ...rest }));
      const started = launch({ file, port, metricsPort, keyFile });
      running.add(started);
      if (untilReady) await untilReadyOf(started);
      return started;
    },
    async stop() {
      for (const one of running) await one.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Launch {
  readonly file: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly keyFile: string;
}

function launch({ file, port, metricsPort, keyFile }: Launch): EchoProcess {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(PROGRAM, ['echo', '--config', file], { env: { PATH, HOME }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => (output += piece));
  }
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, output })));
  return {
    pid: child.pid ?? 0,
    port,
    url: `http://127.0.0.1:${port}/v1/source`,
    metricsUrl: `http://127.0.0.1:${metricsPort}`,
    keyFile,
    ended,
    kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

async function untilReadyOf({ metricsUrl, ended }: EchoProcess): Promise<void> {
  let early: Ended | null = null;
  void ended.then((found) => {
    early = found;
  });
  await waitUntil(async () => early !== null || (await statusOf(`${metricsUrl}/readyz`)) === 200, {
    what: 'the echo to be ready',
    timeoutMs: READY_TIMEOUT_MS,
  });
  if (early !== null) throw new Error(`the echo ended: ${JSON.stringify(early)}`);
}

/** 0 where nothing answers. */
export async function statusOf(url: string): Promise<number> {
  try {
    return (await callUrl(url, 'GET')).status;
  } catch {
    return 0;
  }
}
