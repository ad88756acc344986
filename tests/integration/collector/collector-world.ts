/** A collector in this process on a real API server and a real store, with a clock that a test can move. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { parse, stringify } from 'yaml';

import { type Collector, createCollector } from '../../../collector/collector.ts';
import { runHousekeeping } from '../../../collector/reports/housekeeping.ts';
import { buildServer } from '../../../collector/server.ts';
import { loadConfig } from '../../../config/load.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import type { TestApiServer } from '../kubernetes/api-server.ts';
import { type Answer, type CallOptions, callUrl } from './collector-call.ts';

export const STORE_KINDS = ['embedded', 'etcd', 'custom-resources'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

export interface CollectorWorld {
  readonly collector: Collector;
  readonly url: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Lets time pass: from now on both clocks of the collector are that much ahead of the machine's. */
  advance(ms: number): void;
  /** Sets the collector's wall clock, as an administrator or a time server does. */
  stepWallClock(ms: number): void;
  /** What the process does at each interval. */
  keepHouse(): Promise<void>;
  stop(): Promise<void>;
}

export interface CollectorWorldOptions {
  readonly apiServer: TestApiServer;
  readonly store: StoreKind;
  /** Keys of the part `collector` of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Whose rights it has; default: the administrator's. */
  readonly user?: 'admin' | 'collector';
  /** Of the custom resources; default: `default`. */
  readonly namespace?: string;
  /** Default: resolves when the store is read and the cluster is known. */
  readonly untilReady?: boolean;
  /** How far the collector's wall clock is from the machine's; default not at all. */
  readonly wallStepMs?: number;
  /** Tree of etcd, for collectors that share it; default one of its own. */
  readonly etcdTree?: string;
  /** Where the embedded store is kept; default: a new folder that goes with the world. */
  readonly folder?: string;
}

const AGENT_CRD = new URL('../../../charts/vigilante/crds/agents.yaml', import.meta.url);
const ESTABLISHED_TIMEOUT_MS = 120_000;

let trees = 0;

export async function startCollectorWorld(options: CollectorWorldOptions): Promise<CollectorWorld> {
  const { apiServer, store: kind } = options;
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'vigilante-collector-')));
  trees += 1;
  const store = {
    kind,
    path: join(folder, 'reports.db'),
    namespace: options.namespace ?? 'default',
    etcd: { endpoints: [apiServer.etcdUrl], tree: options.etcdTree ?? `/netchecker-${process.pid}-${trees}` },
  };
  if (kind === 'custom-resources') await applyAgentCrd(apiServer);
  const configPath = join(folder, 'conf.yaml');
  await writeFile(
    configPath,
    stringify({
      kubernetes: { kubeconfig: apiServer.kubeconfig(options.user ?? 'admin').path },
      collector: { nodeGrace: '0s', store, ...options.config },
    }),
  );
  let aheadMs = 0;
  let stepMs = options.wallStepMs ?? 0;
  const clock = { steadyMs: () => performance.now() + aheadMs, wallMs: () => Date.now() + aheadMs + stepMs };
  const config = loadConfig({ path: configPath, env: {} });
  const collector = createCollector({ config, log: pino({ level: 'silent' }) }, clock);
  const server = await buildServer(collector.parts, null);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  collector.cluster.start();
  const opened = collector.registry.open(collector.housekeeping.heartbeat.lastRun());
  if (options.untilReady === false) {
    await opened.catch(() => undefined);
  } else {
    await opened;
    await waitUntil(async () => collector.cluster.problem() === null, {
      what: 'pods and nodes to be known',
      timeoutMs: ESTABLISHED_TIMEOUT_MS,
    });
  }
  return {
    collector,
    url,
    call: (method, path, callOptions) => callUrl(`${url}${path}`, method, callOptions),
    advance(ms) {
      aheadMs += ms;
    },
    stepWallClock(ms) {
      stepMs += ms;
    },
    keepHouse: () => runHousekeeping(collector.housekeeping),
    async stop() {
      await server.close();
      await collector.store.close();
      await collector.cluster.stop();
      if (options.folder === undefined)
        await rm(folder, {
          recursive: true,
          force: true,
        });
    },
  };
}

/** The body of a report as the original agent sends it, and whatever a test wants otherwise. */
export function reportBody(name: string, change: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    report_interval: 60,
    nodename: 'node-1',
    podname: name,
    hostdate: '2026-11-22T07:00:00.123456789Z',
    uptime: 1234,
    nslookup: { 'netchecker-service': ['10.0.0.40'] },
    ips: { lo: ['127.0.0.1/8'], eth0: ['10.244.0.2/24'] },
    network_probes: [],
    zero_extender: [0, 0, 0, 0],
    ...change,
  });
}

async function applyAgentCrd({ admin }: TestApiServer): Promise<void> {
  const body: unknown = parse(await readFile(AGENT_CRD, 'utf8'));
  await admin.demand('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body, alsoFine: [409] });
  const isServed = async () => (await admin.call('GET', '/apis/network-checker.ext/v1/agents')).status === 200;
  await waitUntil(isServed, { what: 'the custom resource to be served', timeoutMs: ESTABLISHED_TIMEOUT_MS });
}
