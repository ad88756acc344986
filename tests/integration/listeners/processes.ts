/** Our real processes as somebody starts them by hand: with their own ports, and nothing to talk to. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';

export const OURS = ['worker', 'starter', 'collector'] as const;
export type Ours = (typeof OURS)[number];

export interface Ports {
  readonly http: number;
  readonly sdkMetrics: number;
  readonly collector: number;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface Started {
  readonly ports: Ports;
  readonly ended: Promise<Ended>;
  /** Resolves when the page answers; throws with the process's output when it ends before. */
  untilAnswering(url: string): Promise<void>;
  stop(): Promise<Ended>;
}

export interface StartOptions {
  readonly ports?: Partial<Ports>;
  readonly env?: Readonly<Record<string, string>>;
  /** Program and arguments before ours. */
  readonly within?: readonly string[];
}

export const PROGRAM = fileURLToPath(new URL('../../../bin/vigilante', import.meta.url));
const ANSWER_TIMEOUT_MS = 120_000;

export interface Processes {
  start(name: Ours, options?: StartOptions): Promise<Started>;
  /** The environment of such a process. */
  environment(ports: Ports): Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function prepareProcesses(): Promise<Processes> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-listeners-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, unreachableCluster());
  const running = new Set<Started>();
  const environment = ({ http, sdkMetrics, collector }: Ports) => ({
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    KUBECONFIG: kubeconfig,
    TEMPORAL_ADDRESS: `${LOOPBACK}:1`,
    VIGILANTE_HTTP_PORT: String(http),
    VIGILANTE_TEMPORAL_METRICS_PORT: String(sdkMetrics),
    VIGILANTE_COLLECTOR_ENDPOINT: `:${collector}`,
    VIGILANTE_COLLECTOR_STORE_PATH: join(folder, `reports-${collector}.db`),
  });
  return {
    environment,
    async start(name, { ports: wanted = {}, env = {}, within = [] } = {}) {
      const [http = 0, sdkMetrics = 0, collector = 0] = await freePorts(3);
      const ports = { http, sdkMetrics, collector, ...wanted };
      const started = launch([...within, PROGRAM, name], { ports, env: { ...environment(ports), ...env } });
      running.add(started);
      return started;
    },
    async stop() {
      await Promise.all([...running].map((one) => one.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function launch(command: readonly string[], { ports, env }: { ports: Ports; env: Record<string, string> }): Started {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, output })));
  return {
    ports,
    ended,
    async untilAnswering(url) {
      await waitUntil(
        async () => {
          if (child.exitCode !== null) throw new Error(`the process ended with ${child.exitCode}:\n${output}`);
          return fetch(url).then(
            () => true,
            () => false,
          );
        },
        { what: `an answer of ${url}`, timeoutMs: ANSWER_TIMEOUT_MS, explain: async () => output },
      );
    },
    stop() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

/** Where the pages of a process are, by the port that it was given. */
export function pagesOf(name: Ours, { http, sdkMetrics, collector }: Ports): readonly { port: number; path: string }[] {
  if (name === 'collector') return [{ port: collector, path: '/healthz' }];
  return [
    { port: http, path: '/healthz' },
    { port: sdkMetrics, path: '/metrics' },
  ];
}

/** Nothing listens on port 1. */
function unreachableCluster(): string {
  const cluster = { server: `https://${LOOPBACK}:1` };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'none', cluster }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'none', context: { cluster: 'none', user: 'nobody' } }],
    'current-context': 'none',
  });
}
