/** Clusters on one Temporal, each with its own maintainer, one process for the fleet, and a Prometheus: rings of an upgrade. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { startFleet } from '../../sandbox/fleet.ts';
import { withMaintenance } from '../../sandbox/machines/maintenance-config.ts';
import { etcdUrl } from '../../sandbox/parts/etcd.ts';
import { controlPlaneNodes } from '../../sandbox/parts/place.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { KUBERNETES_VERSIONS, kubernetesTool } from '../../sandbox/tools/kubernetes-versions.ts';
import { resolveTools } from '../../sandbox/tools/resolve-tool.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type PrometheusServer, startPrometheus } from '../integration/alerts/prometheus-server.ts';

export const [OLD, NEXT] = KUBERNETES_VERSIONS;
export const PRODUCTION = 'production';
const READY_TIMEOUT_MS = 300_000;
const VIGILANTE = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const run = promisify(execFile);

export interface RingsWorld {
  readonly clusters: readonly Sandbox[];
  readonly folder: string;
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
  const prometheus = await startPrometheus({ scrapeConfigs: [], rules: HEARTBEAT, interval: '5s' });
  const vigilante = withMaintenance({}, { nodesMax: 2, oneZoneAtATime: false, exchanges: true });
  const fleet = await startFleet({ vigilante, machines: true, report: () => {} });
  const { clusters } = fleet;
  const [leader] = clusters;
  if (leader === undefined) throw new Error('a fleet without clusters');
  for (const cluster of clusters) await completeConfig(cluster, { prometheus, folder });
  const processes = [
    ...(await Promise.all(
      clusters.flatMap((cluster) => [cluster.startProcess('maintainer'), cluster.startProcess('collector')]),
    )),
    // It reaches Temporal alone.
    await leader.startProcess('fleet', { env: { KUBECONFIG: '/dev/null' } }),
  ];
  for (const process of processes) await process.waitUntilReady(READY_TIMEOUT_MS);
  const isKnown = async () => (await prometheus.query(TWO_MINUTES)).length > 0;
  await waitUntil(isKnown, { what: 'two minutes of a heartbeat', timeoutMs: READY_TIMEOUT_MS });
  return {
    clusters,
    folder,
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
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const TWO_MINUTES = 'ALERTS{alertname="Watchdog"} and ALERTS{alertname="Watchdog"} offset 2m';
const HEARTBEAT = {
  groups: [{ name: 'heartbeat', rules: [{ alert: 'Watchdog', expr: 'vector(1)', labels: { severity: 'none' } }] }],
};

/** Addresses and folders are not known before the sandbox is made. */
async function completeConfig(
  { env, layout }: Sandbox,
  { prometheus, folder }: { readonly prometheus: PrometheusServer; readonly folder: string },
): Promise<void> {
  const config = parse(await readFile(env.VIGILANTE_CONFIG, 'utf8')) as {
    maintenance: { budget: { groups: readonly object[] }; gates: object; reboots: object };
  };
  const { maintenance } = config;
  const own = join(folder, layout.cluster);
  await mkdir(own, { recursive: true });
  const groups = maintenance.budget.groups.map((group) => ({ ...group, executor: 'exchange' }));
  const completed = {
    ...maintenance,
    budget: { ...maintenance.budget, groups },
    reboots: { ...maintenance.reboots, enabled: false },
    apiEndpoint: { controllers: 'local', kubelets: 'balanced' },
    gates: {
      ...maintenance.gates,
      alerts: { source: 'prometheus', url: prometheus.url, checkEvery: '1m', restartGrace: '0s' },
    },
    upgrade: {
      etcd: {
        endpoints: controlPlaneNodes(layout).map((place) => etcdUrl(layout, place)),
        snapshot: { folder: join(own, 'snapshots') },
      },
      canary: { perGroup: 1, soak: '0s' },
      waves: ['50%'],
      waveSoak: '0s',
      afterChecks: { settle: '5s', deadline: '2m' },
      report: { folder: join(own, 'reports') },
      ...(layout.cluster === PRODUCTION ? { approval: { required: true } } : {}),
    },
  };
  await writeFile(env.VIGILANTE_CONFIG, stringify({ ...config, maintenance: completed }));
}
