/** Real etcd on this machine: one member or several, killed and started again, gone with their folder afterwards. */

import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SandboxProcess, startProcess } from '../../../sandbox/child-process.ts';
import { answersOk, READY_TIMEOUT_MS } from '../../../sandbox/parts/part.ts';
import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { reap } from '../../../sandbox/reap.ts';
import { startReaper } from '../../../sandbox/reaper.ts';
import { resolveTool } from '../../../sandbox/tools/resolve-tool.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';

export interface EtcdOptions {
  readonly members: number;
  readonly args?: readonly string[];
  /** Its clients use HTTPS; readiness is then asked without it. */
  readonly certificate?: { readonly certFile: string; readonly keyFile: string };
  /** Called for the data folder of each member before it starts. */
  readonly prepare?: (dataFolder: string) => Promise<void>;
}

export interface EtcdCluster {
  readonly folder: string;
  readonly endpoints: readonly string[];
  /** kill -9. */
  kill(index: number): Promise<void>;
  start(index: number): Promise<void>;
  /** By the first member; rejects where it refuses. */
  put(key: string, value: string): Promise<void>;
  /** In one transaction: at most 128. */
  putAll(entries: ReadonlyMap<string, string>): Promise<void>;
  /** All keys with their values, as the gateway writes them, without asking other members. */
  all(): Promise<ReadonlyMap<string, string>>;
  stop(): Promise<void>;
}

export async function startEtcdCluster({
  members,
  args = [],
  certificate,
  prepare,
}: EtcdOptions): Promise<EtcdCluster> {
  const program = await resolveTool('etcd');
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-etcd-'));
  const id = randomUUID();
  const reaper = startReaper(id, folder);
  const ports = await freePorts(members * 3);
  const scheme = certificate === undefined ? 'http' : 'https';
  const urls = (kind: 0 | 1 | 2, by: string) =>
    Array.from({ length: members }, (_, index) => `${by}://${LOOPBACK}:${ports[index * 3 + kind]}`);
  const [endpoints, peers, metrics] = [urls(0, scheme), urls(1, 'http'), urls(2, 'http')];
  const cluster = peers.map((peer, index) => `etcd-${index}=${peer}`).join(',');
  const running: SandboxProcess[] = [];

  async function launch(index: number): Promise<void> {
    const own = (list: readonly string[]) => list[index] ?? '';
    const dataFolder = join(folder, `data-${index}`);
    running[index] = await startProcess({
      name: `etcd-${index}`,
      program,
      args: [
        `--name=etcd-${index}`,
        `--data-dir=${dataFolder}`,
        `--listen-client-urls=${own(endpoints)}`,
        `--advertise-client-urls=${own(endpoints)}`,
        `--listen-peer-urls=${own(peers)}`,
        `--initial-advertise-peer-urls=${own(peers)}`,
        `--listen-metrics-urls=${own(metrics)}`,
        `--initial-cluster=${cluster}`,
        '--unsafe-no-fsync',
        '--log-level=warn',
        ...(certificate === undefined
          ? []
          : [`--cert-file=${certificate.certFile}`, `--key-file=${certificate.keyFile}`]),
        ...args,
      ],
      env: {},
      sandboxId: id,
      logPath: join(folder, `log-${index}`),
    });
  }

  const health = certificate === undefined ? endpoints : metrics;
  const untilReady = (index: number) =>
    waitUntil(() => answersOk(`${health[index]}/health`), { what: `etcd-${index}`, timeoutMs: READY_TIMEOUT_MS });
  for (const [index] of endpoints.entries()) {
    const dataFolder = join(folder, `data-${index}`);
    await mkdir(dataFolder, { mode: 0o700 });
    await prepare?.(dataFolder);
    await launch(index);
  }
  for (const [index] of endpoints.entries()) await untilReady(index);

  return {
    folder,
    endpoints,
    kill: (index) => running[index]?.kill('SIGKILL') ?? Promise.resolve(),
    async start(index) {
      await launch(index);
      await untilReady(index);
    },
    ...keysOf(endpoints[0] ?? ''),
    async stop() {
      await reap(id, folder);
      await reaper.release();
    },
  };
}

function keysOf(endpoint: string): Pick<EtcdCluster, 'put' | 'putAll' | 'all'> {
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${endpoint}${path}`, { method: 'POST', body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as unknown;
  };
  return {
    async put(key, value) {
      await post('/v3/kv/put', { key: base64(key), value: base64(value) });
    },
    async putAll(entries) {
      const success = [...entries].map(([key, value]) => ({
        request_put: { key: base64(key), value: base64(value) },
      }));
      await post('/v3/kv/txn', { success });
    },
    async all() {
      const { kvs = [] } = (await post('/v3/kv/range', { key: ALL, range_end: ALL, serializable: true })) as {
        readonly kvs?: readonly { readonly key: string; readonly value?: string; readonly mod_revision?: string }[];
      };
      return new Map(kvs.map(({ key, value = '', mod_revision: revision = '' }) => [key, `${revision} ${value}`]));
    },
  };
}

/** From the first key, and to the last one. */
const ALL = base64('\0');

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
