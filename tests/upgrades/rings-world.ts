/** Clusters on one Temporal, each with its own maintainer, one process for the fleet, and a Prometheus: rings of an upgrade. */

import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startFleet } from '../../sandbox/fleet.ts';
import { withMaintenance } from '../../sandbox/machines/maintenance-config.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { KUBERNETES_VERSIONS, kubernetesTool } from '../../sandbox/tools/kubernetes-versions.ts';
import { resolveTools } from '../../sandbox/tools/resolve-tool.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type PrometheusServer, startPrometheus } from '../integration/alerts/prometheus-server.ts';
import { completeExchangeConfig } from './exchange-config.ts';

export const [OLD, NEXT] = KUBERNETES_VERSIONS;
export const PRODUCTION = 'production';
export const EXAMPLE = fileURLToPath(new URL('../../docs/examples/fleet.yaml', import.meta.url));
/** As the example has it. */
export const SOAK_MS = 120_000;
/** Controllers ask their own API server, kubelets any. */
export const REACH = { controllers: 'own', kubelets: 'any' } as const;
export const FLEET_PROCESS = 'fleet';
const READY_TIMEOUT_MS = 300_000;
const VIGILANTE = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const run = promisify(execFile);

export interface RingsWorld {
  readonly clusters: readonly Sandbox[];
  readonly folder: string;
  readonly prometheus: PrometheusServer;
  /** By the names of their clusters, and `fleet`; what was killed is started again by its name. */
  readonly processes: ReadonlyMap<string, VigilanteProcess>;
  start(process: string): Promise<void>;
  /** With the kubeconfig of that cluster's administrator; without one there is none. */
  vigilante(
    args: readonly string[],
    cluster?: Sandbox,
  ): Promise<{ readonly code: number; readonly out: string; readonly problem: string }>;
  stop(): Promise<void>;
}

/** Programs that are not there yet are built. */
export async function startRings(): Promise<RingsWorld> {
  const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
  await resolveTools(programs.map((program) => kubernetesTool(program, NEXT)));
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-rings-'));
  // Also when the run is ended by Ctrl-C.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const prometheus = await startPrometheus({ scrapeConfigs: [], rules: HEARTBEAT, interval: '5s' });
  const vigilante = withMaintenance({}, { nodesMax: 2, oneZoneAtATime: false, exchanges: true });
  const fleet = await startFleet({ vigilante, machines: true, report: () => {} });
  const { clusters } = fleet;
  const [leader] = clusters;
  if (leader === undefined) throw new Error('a fleet without clusters');
  const alerts = { source: 'prometheus', url: prometheus.url, checkEvery: '1m', restartGrace: '0s' };
  for (const { env, layout } of clusters) {
    const approval = { required: layout.cluster === PRODUCTION };
    await completeExchangeConfig({ env, layout }, join(folder, layout.cluster), { alerts, approval });
  }
  const processes = new Map<string, VigilanteProcess>();
  const start = async (name: string) => {
    const cluster = clusters.find(({ layout }) => layout.cluster === name);
    // The process of the fleet reaches Temporal alone.
    const env = { KUBECONFIG: '/dev/null' };
    processes.set(name, await (cluster?.startProcess('maintainer') ?? leader.startProcess('fleet', { env })));
  };
  await Promise.all([...clusters.map(({ layout }) => layout.cluster), FLEET_PROCESS].map(start));
  const collectors = await Promise.all(clusters.map((cluster) => cluster.startProcess('collector')));
  for (const process of [...processes.values(), ...collectors]) await process.waitUntilReady(READY_TIMEOUT_MS);
  const isKnown = async () => (await prometheus.query(TWO_MINUTES)).length > 0;
  await waitUntil(isKnown, { what: 'two minutes of a heartbeat', timeoutMs: READY_TIMEOUT_MS });
  return {
    clusters,
    folder,
    prometheus,
    processes,
    start,
    async vigilante(args, cluster) {
      const env = { ...process.env, ...leader.env, KUBECONFIG: '/dev/null', ...cluster?.env };
      try {
        const { stdout, stderr } = await run(VIGILANTE, [...args], { env });
        return { code: 0, out: stdout, problem: stderr };
      } catch (error) {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
        return { code, out: stdout, problem: stderr };
      }
    },
    async stop() {
      await fleet.stop();
      await prometheus.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const TWO_MINUTES = 'ALERTS{alertname="Watchdog"} and ALERTS{alertname="Watchdog"} offset 2m';
export const HEARTBEAT = {
  groups: [{ name: 'heartbeat', rules: [{ alert: 'Watchdog', expr: 'vector(1)', labels: { severity: 'none' } }] }],
};
