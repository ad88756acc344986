/** A cluster of three nodes that is upgraded again and again, while the maintainer dies in each upgrade at another step. */

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { CONTROL_PLANE_LABEL } from '../../../contracts/maintenance/names.ts';
import { maintenanceTaskQueue } from '../../../contracts/names.ts';
import { UPGRADE_CLUSTER_WORKFLOW, upgradeClusterWorkflowId } from '../../../contracts/upgrade/names.ts';
import type { UpgradeClusterInput, UpgradeClusterResult } from '../../../contracts/upgrade/upgrade-cluster.ts';
import { temporalClient } from '../../../temporal/client.ts';
import { maintenanceGuardOf } from '../../../temporal/maintenance/guard.ts';
import { BEFORE, TARGET } from '../../e2e/upgrade-world.ts';
import { version } from '../../fixtures/maintenance.ts';
import { createNode, fields, patchNodeInfo } from '../../integration/kubernetes/cluster-fixtures.ts';
import { playMachines } from '../../integration/maintenance/machines.ts';
import { FREE, type MaintainerWorld, startMaintainerWorld } from '../../integration/maintenance/maintainer-process.ts';
import type { LaneOptions, MaintainerLane } from '../kill-maintainer.ts';
import { answered, guardStatus, openKiller } from '../maintainer-killer.ts';

/** Its API server has the target already, as no other binary of it is here; its kubelet goes first. */
const CONTROL_PLANE = 'cp-1';
/** A canary, and a wave. */
const NODES = [CONTROL_PLANE, 'worker-1', 'worker-2'];

/** What an upgrade leaves behind, whatever happened to the maintainer meanwhile. */
export const LEFT_BEHIND = {
  outcome: 'done',
  detail: 'every step was proven',
  counts: { done: NODES.length },
  exceptions: [] as readonly unknown[],
  nodes: NODES.map((node) => ({ node, kubelet: TARGET as string, acts: 1, ...FREE })),
  markedMax: 1,
  pods: [] as readonly string[],
  slots: [] as readonly unknown[],
  waiting: [] as readonly unknown[],
  reports: '.json .md',
  records: NODES.map((node) => ({ node, from: BEFORE as string, to: TARGET as string, outcome: 'done' })),
};

const OLD = { bootID: 'boot-1', kubeletVersion: BEFORE };
/** An upgrade that is lost fails by this, with the time that each kill may take on a busy machine. */
const UPGRADE_MS = 600_000;
const KILL_MS = 120_000;
const EXECUTOR = 'by';

const INPUT: Omit<UpgradeClusterInput, 'cluster' | 'run'> = {
  versions: { kubernetes: version(TARGET), cni: null, crictl: null, etcd: null, artifacts: [] },
  parts: ['control-plane', 'workers'],
  mode: 'upgrade',
  startedBy: 'anna',
  fleet: null,
};

const ReportSchema = z.object({
  records: z.array(z.object({ node: z.string(), from: z.string(), to: z.string(), outcome: z.string() })),
});

/** Each run upgrades the same nodes, which have the old kubelet again. */
export async function openUpgradeLane({
  profile: { address, namespace },
  connection,
  cluster,
}: LaneOptions): Promise<MaintainerLane> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-reports-'));
  const config = () => ({ cluster, maintenance: maintenanceOf(world.server.url, folder) });
  const world: MaintainerWorld = await startMaintainerWorld({ address, config });
  const machines = playMachines(world, () => true);
  for (const name of NODES) await addNode(world, name);
  const client = temporalClient(connection, namespace);
  const guard = maintenanceGuardOf(client, cluster);
  const killer = await openKiller(world, address);
  return {
    async run(name, at) {
      const before = new Map(NODES.map((node) => [node, machines.acts(node)]));
      for (const node of NODES) await patchNodeInfo(world.server.admin, node, OLD);
      const { counts, hit } = killer.watch(at);
      const handle = await client.workflow.start(UPGRADE_CLUSTER_WORKFLOW, {
        workflowId: upgradeClusterWorkflowId(cluster),
        taskQueue: maintenanceTaskQueue(cluster),
        workflowExecutionTimeout: UPGRADE_MS + at.length * KILL_MS,
        args: [{ ...INPUT, cluster, run: name }],
      });
      const result: UpgradeClusterResult = await answered(() => handle.result());
      const { slots, waiting } = await guardStatus(guard);
      const left = {
        outcome: result.outcome,
        detail: result.detail,
        counts: result.counts,
        exceptions: result.exceptions,
        nodes: await nodesOf(world, (node) => machines.acts(node) - (before.get(node) ?? 0)),
        markedMax: machines.markedMax,
        pods: await world.actPods(),
        slots,
        waiting,
        ...(await reportsOf(folder, name)),
      };
      return { left, hit, counts };
    },
    abandon: () => void world.kill(),
    async close() {
      await machines.stop();
      await world.stop();
      await killer.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function maintenanceOf(url: string, folder: string) {
  return {
    budget: {
      groups: [
        { name: 'control-plane', selector: CONTROL_PLANE_LABEL, max: 1, executor: EXECUTOR },
        { name: 'workers', selector: '', max: 1, executor: EXECUTOR },
      ],
      cluster: 1,
    },
    // A node is late neither for a maintainer that starts again nor for the heartbeat of one that is dead.
    prove: { settle: '1s', returnWithin: '5m', connectivity: 'off' },
    upgrade: {
      controlPlane: 'managed',
      apiServers: [{ url, node: CONTROL_PLANE }],
      canary: { perGroup: 1, soak: '1s' },
      waves: ['100%'],
      afterChecks: { settle: '1s', deadline: '60s' },
      report: { folder },
    },
  };
}

async function addNode({ server }: MaintainerWorld, name: string): Promise<void> {
  const role = name === CONTROL_PLANE ? { [CONTROL_PLANE_LABEL]: '' } : {};
  await createNode(server.admin, name, { labels: { 'kubernetes.io/os': 'linux', ...role } });
}

async function nodesOf({ server, nodeState }: MaintainerWorld, actsOf: (node: string) => number) {
  const one = async (node: string) => {
    const { body } = await server.admin.demand('GET', `/api/v1/nodes/${node}`);
    const { kubeletVersion: kubelet } = fields(fields(fields(body)['status'])['nodeInfo']);
    return { node, kubelet, acts: actsOf(node), ...(await nodeState(node)) };
  };
  return Promise.all(NODES.map(one));
}

/** Of that run alone. */
async function reportsOf(folder: string, run: string) {
  const files = (await readdir(folder)).filter((file) => file.startsWith(`${run}.`)).toSorted();
  const [json] = files.filter((file) => file.endsWith('.json'));
  const text = json === undefined ? '{"records":[]}' : await readFile(join(folder, json), 'utf8');
  return {
    reports: files.map((file) => extname(file)).join(' '),
    records: ReportSchema.parse(JSON.parse(text)).records,
  };
}
