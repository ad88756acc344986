/** Two real nodes whose agents are the chart's DaemonSet, pods under PodDisruptionBudgets, and what is asked of them. */

import { z } from 'zod';
import { NODES_PATH } from '../../contracts/connectivity/agent-report.ts';
import type { NodeHost } from '../../contracts/connectivity/host-facts.ts';
import { parseNodeHosts } from '../../contracts/connectivity/node-hosts.ts';
import { withMaintenance } from '../../sandbox/machines/maintenance-config.ts';
import { deployWorkloads, type Workload } from '../../sandbox/machines/workloads.ts';
import { PROBE_IMAGE } from '../../sandbox/real-nodes/image.ts';
import type { RealNodes } from '../../sandbox/real-nodes/real-nodes.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { renderChart } from '../chart/helm.ts';
import { type NodeState, nodeState } from '../e2e/maintenance-world.ts';
import { nodeUid } from '../fixtures/nodes.ts';
import { AGENT_REPOSITORY, AGENT_TAG, agentImage } from './agent-image.ts';

/** Of a node: on a tmpfs, as everywhere. */
export const SENTINEL = '/var/run/reboot-required';
export const AGENT_NAMESPACE = 'agents';
const REPORT_INTERVAL_SECONDS = 2;
const READY_TIMEOUT_MS = 180_000;

export const PodSchema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string() }),
  status: z.object({
    containerStatuses: z.array(z.object({ containerID: z.string().default('') })).default([]),
  }),
});
const PodListSchema = z.object({ items: z.array(PodSchema) });
export type Pods = z.infer<typeof PodListSchema>['items'];

export interface RebootWorld {
  readonly sandbox: Sandbox;
  readonly nodes: RealNodes;
  /** As the API server has it. */
  nodeState(name: string): Promise<NodeState>;
  /** What the agents of the node reported last; null while nobody knows. */
  host(name: string): Promise<NodeHost | null>;
  podsIn(namespace: string): Promise<Pods>;
  /** Begins the rolling reboots. */
  startMaintenance(): Promise<void>;
  stop(): Promise<void>;
}

/** Its agents report. */
export async function startRebootWorld(options: {
  readonly count: number;
  readonly workloads: readonly Workload[];
}): Promise<RebootWorld> {
  const sandbox = await startSandbox({
    report: () => {},
    realNodes: { count: options.count, images: { 'agent.tar': await agentImage() } },
    vigilante: withMaintenance({}, { nodesMax: 1, returnWithin: '5m', minUptime: '1m', image: PROBE_IMAGE }),
  });
  try {
    const nodes = await sandbox.realNodes();
    const collector = await sandbox.startProcess('collector');
    await applyAgents(sandbox, await nodes.openCollector());
    await deployWorkloads(sandbox.api, options.workloads);
    await collector.waitUntilReady(READY_TIMEOUT_MS);
    return {
      sandbox,
      nodes,
      nodeState: (name) => demandState(sandbox, name),
      host: (name) => hostOf(sandbox, name),
      podsIn: async (namespace) =>
        PodListSchema.parse((await sandbox.api.demand('GET', `/api/v1/namespaces/${namespace}/pods`)).body).items,
      async startMaintenance() {
        const started = await Promise.all([sandbox.startProcess('maintainer'), sandbox.startProcess('starter')]);
        for (const process of started) await process.waitUntilReady(READY_TIMEOUT_MS);
      },
      stop: () => sandbox.stop(),
    };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

const AGENT_PATHS = {
  ServiceAccount: `/api/v1/namespaces/${AGENT_NAMESPACE}/serviceaccounts`,
  DaemonSet: `/apis/apps/v1/namespaces/${AGENT_NAMESPACE}/daemonsets`,
};

/** As `helm install` would, but for the network: the collector is behind the router of the nodes. */
async function applyAgents({ api }: Sandbox, collector: string): Promise<void> {
  const manifests = renderChart('minimal', {
    'agent.linux.enabled': false,
    // A container here shows the id of the machine's boot, and not that of its node.
    'agent.linuxHostNetwork': { enabled: true, sentinel: SENTINEL, bootId: false, processes: false },
    'agent.hostNetworkNamespace': AGENT_NAMESPACE,
    'agent.serverEndpoint': collector,
    'agent.reportIntervalSeconds': REPORT_INTERVAL_SECONDS,
    'agent.image': { repository: AGENT_REPOSITORY, tag: AGENT_TAG, digest: '', pullPolicy: 'Never' },
  });
  await api.demand('POST', '/api/v1/namespaces', { body: { metadata: { name: AGENT_NAMESPACE } } });
  for (const [kind, path] of Object.entries(AGENT_PATHS)) {
    const body = manifests.find(
      (manifest) => manifest.kind === kind && manifest.metadata.namespace === AGENT_NAMESPACE,
    );
    await api.demand('POST', path, { body });
  }
}

async function demandState(sandbox: Sandbox, name: string): Promise<NodeState> {
  const state = await nodeState(sandbox, name);
  if (state === null) throw new Error(`the node ${name} is gone`);
  return state;
}

async function hostOf(sandbox: Sandbox, name: string): Promise<NodeHost | null> {
  const answer = await fetch(`${sandbox.env.COLLECTOR_URL}${NODES_PATH}`).catch(() => null);
  const parsed = parseNodeHosts(answer?.ok === true ? await answer.json() : null);
  const { uid } = await demandState(sandbox, name);
  return parsed.ok ? (parsed.value.get(nodeUid(uid)) ?? null) : null;
}
