/** The real process `vigilante collector` against an API server: started, asked, killed, started again on its files. */

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

import { freePorts } from '../../../sandbox/ports.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { type Answer, type CallOptions, callUrl } from './collector-call.ts';

export interface CollectorProcess {
  readonly url: string;
  readonly pid: number;
  /** With the exit code; null where a signal ended it. */
  readonly exited: Promise<number | null>;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

export interface CollectorProcesses {
  readonly folder: string;
  readonly url: string;
  /** On the same port and files as before; resolves when the process is ready, unless that is not waited for. */
  start(options?: { readonly untilReady?: boolean; readonly args?: readonly string[] }): Promise<CollectorProcess>;
  log(): Promise<string>;
  /** Ends what runs and removes the folder. */
  stop(): Promise<void>;
}

export interface CollectorProcessOptions {
  readonly kubeconfig: string;
  /** Keys of the part `collector` of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Serves HTTPS with these files. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  /** More environment variables, given the folder of the collector. */
  readonly env?: (folder: string) => Readonly<Record<string, string>>;
}

const PROGRAM = fileURLToPath(new URL('../../../bin/vigilante', import.meta.url));
const READY_TIMEOUT_MS = 120_000;

export async function collectorProcesses(options: CollectorProcessOptions): Promise<CollectorProcesses> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-collector-'));
  const [port = 0] = await freePorts(1);
  const url = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const configPath = join(folder, 'conf.yaml');
  const store = { path: join(folder, 'reports.db') };
  const collector = { endpoint: `127.0.0.1:${port}`, nodeGrace: '0s', store, ...options.config };
  const { kubeconfig, tls } = options;
  const secure = tls === undefined ? {} : { tls: true, http: tls };
  await writeFile(configPath, stringify({ kubernetes: { kubeconfig }, collector, ...secure }));
  const logPath = join(folder, 'collector.log');
  const running = new Set<CollectorProcess>();
  const log = () => readFile(logPath, 'utf8').catch(() => '');
  return {
    folder,
    url,
    log,
    async start({ untilReady = true, args = [] } = {}) {
      const started = await launch({
        url,
        logPath,
        env: options.env?.(folder) ?? {},
        args: ['collector', '--config', configPath, ...args],
      });
      running.add(started);
      if (untilReady) {
        await waitUntil(async () => (await statusOf(`${url}/readyz`)) === 200, {
          what: 'the collector to be ready',
          timeoutMs: READY_TIMEOUT_MS,
          explain: async () => `its log ends with:\n${(await log()).slice(-2e3)}`,
        });
      }
      return started;
    },
    async stop() {
      for (const one of running) await one.kill('SIGKILL');
      await rm(folder, {
        recursive: true,
        force: true,
      });
    },
  };
}

/** 0 where nothing answers. */
async function statusOf(url: string): Promise<number> {
  try {
    return (await callUrl(url, 'GET')).status;
  } catch {
    return 0;
  }
}

async function launch(options: {
  readonly url: string;
  readonly logPath: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}): Promise<CollectorProcess> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(PROGRAM, options.args, {
    env: { PATH, HOME, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(options.logPath, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => log.end(() => resolve(code)));
  });
  return {
    url: options.url,
    pid: child.pid ?? 0,
    exited,
    call: (method, path, callOptions) => callUrl(`${options.url}${path}`, method, callOptions),
    kill(signal) {
      child.kill(signal);
      return exited;
    },
  };
}
