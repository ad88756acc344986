/** The real maintainer and the real commands on a real API server, whose kubelets and machines a test plays. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

import { type ApiClient, MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { freePorts } from '../../../sandbox/ports.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { createNode, fields, itemsOf, patchNodeInfo } from '../kubernetes/cluster-fixtures.ts';
import { ACT_NAMESPACE } from './maintenance-world.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/vigilante', import.meta.url));
const KUBELET = 'v1.36.3';
const UNTIL = { timeoutMs: 180_000, pollMs: 100 };
const MAINTENANCE = {
  enabled: true,
  budget: { groups: [{ name: 'workers', selector: '', max: 1 }], cluster: 1 },
  drain: { lastNode: 'accept' },
  gates: { alerts: { source: 'none' } },
  prove: { settle: '1s', returnWithin: '10s', connectivity: 'off' },
  executors: {
    'reboot-linux': { kind: 'reboot', image: 'example.org/reboot' },
    by: { kind: 'pod', template: 'act.yaml' },
  },
};

export const CLUSTER = 'test';
export const FREE = { cordoned: false, marked: false };

export interface MaintainerOptions {
  /** Of Temporal, as the maintainer and the commands reach it. */
  readonly address: string;
  /** Keys of the configuration that are otherwise; those of `maintenance` one by one. Asked at each start of a process. */
  readonly config?: () => { readonly maintenance?: object; readonly [part: string]: unknown };
}

/** What kubelets and machines do, and what can be seen of it. */
export interface PlayedNodes {
  /** Ready, of the boot `boot-1`. */
  addNode(name: string, os?: 'linux' | 'windows'): Promise<void>;
  actPods(): Promise<readonly string[]>;
  /** Waits until there is one. */
  actPodOf(node: string): Promise<string>;
  endPod(pod: string, phase?: 'Succeeded' | 'Failed'): Promise<void>;
  /** What the machine does: it starts again, and its pod ends. Null: with the kubelet that nodes have at first. */
  reboot(
    node: string,
    boot?: { readonly pod?: string; readonly bootID?: string; readonly kubelet?: string | null },
  ): Promise<void>;
  nodeState(name: string): Promise<typeof FREE>;
  untilFree(name: string): Promise<void>;
}

export interface MaintainerWorld extends PlayedNodes {
  readonly server: TestApiServer;
  /** Resolves when the process runs, not when it is ready. */
  start(address?: string): Promise<void>;
  kill(): Promise<void>;
  vigilante(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }>;
  stop(): Promise<void>;
}

export async function startMaintainerWorld(options: MaintainerOptions): Promise<MaintainerWorld> {
  const server = await startApiServer();
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-maintenance-'));
  await addActNamespace(server.admin);
  const template = { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'act', image: 'example.org/act' }] } };
  await writeFile(join(folder, 'act.yaml'), stringify(template));
  const environment = (address: string) => environmentOf({ ...options, address }, { server, folder });
  let maintainer: ChildProcess | null = null;
  const kill = async () => {
    if (maintainer === null || maintainer.exitCode !== null || maintainer.signalCode !== null) return;
    maintainer.kill('SIGKILL');
    await once(maintainer, 'exit');
  };
  return {
    ...playedNodes(server.admin),
    server,
    async start(address = options.address) {
      maintainer = spawn(PROGRAM, ['maintainer'], { env: await environment(address), stdio: 'ignore' });
    },
    kill,
    async vigilante(...args) {
      const child = spawn(PROGRAM, args, {
        env: await environment(options.address),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
      return { code: Number(code), out: `${out}${err}` };
    },
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
      await server.stop();
    },
  };
}

async function addActNamespace(admin: ApiClient): Promise<void> {
  // The controller manager would make it; without it no pod is admitted.
  const accounts = `/api/v1/namespaces/${ACT_NAMESPACE}/serviceaccounts`;
  await admin.demand('POST', accounts, { body: { metadata: { name: 'default' } } });
}

async function environmentOf(
  { address, config }: MaintainerOptions,
  { server, folder }: { readonly server: TestApiServer; readonly folder: string },
): Promise<NodeJS.ProcessEnv> {
  const [port = 0] = await freePorts(1);
  const changed = config?.() ?? {};
  const maintenance = { ...MAINTENANCE, templates: folder, ...changed.maintenance };
  const shared = { cluster: CLUSTER, http: { port }, temporal: { metricsPort: 0 } };
  const path = join(folder, `conf-${port}.yaml`);
  await writeFile(path, stringify({ ...shared, ...changed, maintenance }));
  return {
    PATH: process.env['PATH'],
    HOME: folder,
    VIGILANTE_CONFIG: path,
    KUBECONFIG: server.kubeconfig('admin').path,
    TEMPORAL_ADDRESS: address,
  };
}

function playedNodes(admin: ApiClient): PlayedNodes {
  const pods = `/api/v1/namespaces/${ACT_NAMESPACE}/pods`;
  const actPods = async () => (await itemsOf(admin, pods)).map(({ metadata }) => String(fields(metadata)['name']));
  const actPodOf = (node: string) =>
    waitUntil(async () => (await actPods()).find((name) => name.startsWith(`vigilante-act-${node}-`)) ?? null, {
      what: `the act on ${node}`,
      ...UNTIL,
    });
  const endPod = async (pod: string, phase = 'Succeeded') => {
    await admin.demand('PATCH', `${pods}/${pod}/status`, { body: { status: { phase } }, contentType: MERGE_PATCH });
  };
  const nodeState = async (name: string) => {
    const { body } = await admin.demand('GET', `/api/v1/nodes/${name}`);
    const node = fields(body);
    return {
      cordoned: fields(node['spec'] ?? {})['unschedulable'] === true,
      marked: 'vigilante-maintenance' in fields(fields(node['metadata'])['annotations'] ?? {}),
    };
  };
  return {
    async addNode(name, os = 'linux') {
      await createNode(admin, name, { labels: { 'kubernetes.io/os': os } });
      await patchNodeInfo(admin, name, { bootID: 'boot-1', kubeletVersion: KUBELET });
    },
    actPods,
    actPodOf,
    endPod,
    async reboot(node, { pod, bootID = 'boot-2', kubelet = null } = {}) {
      const acting = pod ?? (await actPodOf(node));
      await patchNodeInfo(admin, node, { bootID, kubeletVersion: kubelet ?? KUBELET });
      await endPod(acting);
    },
    nodeState,
    async untilFree(name) {
      const isFree = async () => JSON.stringify(await nodeState(name)) === JSON.stringify(FREE);
      await waitUntil(isFree, { what: `${name} to be given back`, ...UNTIL });
    },
  };
}
