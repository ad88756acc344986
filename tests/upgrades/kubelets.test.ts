/**
 * The kubelets of two real nodes are exchanged for the next version, one after the other: a real pod brings the program from
 * a real HTTP server, and restarts the kubelet. Played is `systemctl` alone: it ends the kubelet, which its node starts again.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { stringify } from 'yaml';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { cordonedMax, nodeSteps } from '../../sandbox/machines/maintenance-audit.ts';
import { LINUX_GROUP } from '../../sandbox/machines/maintenance-config.ts';
import { deployWorkloads, WORKLOAD_NAMESPACE } from '../../sandbox/machines/workloads.ts';
import { ECHO_ADDRESS, ECHO_PORT, realNodes } from '../../sandbox/real-nodes/addresses.ts';
import { PROBE_IMAGE } from '../../sandbox/real-nodes/image.ts';
import { KUBELET_PROGRAM } from '../../sandbox/real-nodes/node-files.ts';
import type { RealNodes } from '../../sandbox/real-nodes/real-nodes.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { KUBERNETES_VERSIONS, kubernetesTool } from '../../sandbox/tools/kubernetes-versions.ts';
import { resolveTool } from '../../sandbox/tools/resolve-tool.ts';
import { maintenanceGuardOf } from '../../temporal/maintenance/guard.ts';
import { type Maintenances, maintenancesOf } from '../../temporal/maintenance/maintenances.ts';
import { nodeState } from '../e2e/maintenance-world.ts';
import { version } from '../fixtures/maintenance.ts';
import { nodeName, nodeUid } from '../fixtures/nodes.ts';
import { podUids } from '../fixtures/pod-uids.ts';
import { temporalClientOf } from '../fixtures/sandbox-temporal.ts';
import { commandImage } from '../real-nodes/command-image.ts';
import { hasRealNodes, testOnRealNodes } from '../real-nodes/on-real-nodes.ts';

const [OLD, NEXT] = KUBERNETES_VERSIONS;
const IMAGE = 'localhost/vigilante:1';
const SERVER = new URL('./program-server.ts', import.meta.url).pathname;
const NODES = realNodes(2).map(({ name }) => name);
const [FIRST = ''] = NODES;
const START_MS = 3_600_000;
const READY_TIMEOUT_MS = 180_000;
const MAINTAIN_MS = 600_000;

let folder: string;
let sandbox: Sandbox;
let nodes: RealNodes;
let temporal: Client;
let maintenances: Maintenances;

beforeAll(async () => {
  if (!hasRealNodes) return;
  const kubelet = await resolveTool(kubernetesTool('kubelet', NEXT));
  folder = await mkdtemp(join(tmpdir(), 'vigilante-templates-'));
  await writeFile(join(folder, 'kubelet.yaml'), stringify(TEMPLATE));
  const image = await commandImage(IMAGE, ['fetch-artifacts', '--root', folder, '[]']);
  sandbox = await startSandbox({
    report: () => {},
    // A kubelet is never newer than its API server.
    kubernetes: NEXT,
    realNodes: { count: NODES.length, images: { 'vigilante.tar': image } },
    vigilante: { starter: { reconcileInterval: '2s' }, maintenance: maintenance(await sumOf(kubelet)) },
  });
  nodes = await sandbox.realNodes();
  const args = [SERVER, ECHO_ADDRESS, `${ECHO_PORT}`, kubelet];
  await nodes.startOnEchoHost({ name: 'program-server', program: process.execPath, args });
  await deployWorkloads(sandbox.api, [{ name: 'web', replicas: 2, minAvailable: 1, image: PROBE_IMAGE }]);
  const started = await Promise.all([sandbox.startProcess('maintainer'), sandbox.startProcess('starter')]);
  for (const process of started) await process.waitUntilReady(READY_TIMEOUT_MS);
  temporal = await temporalClientOf(sandbox);
  maintenances = maintenancesOf(temporal, { cluster: SANDBOX_CLUSTER, searchAttributes: false });
}, START_MS);

afterAll(async () => {
  await temporal?.connection.close();
  await sandbox?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

const TEMPLATE = {
  kind: 'Pod',
  spec: {
    hostPID: true,
    containers: [
      {
        name: 'restart',
        image: PROBE_IMAGE,
        command: ['nsenter', '--target', '1', '--mount', '--', 'systemctl', 'restart', 'kubelet'],
        securityContext: { privileged: true },
      },
    ],
  },
};

function maintenance(sha256: string): object {
  const executor = (sum: string) => ({
    kind: 'pod',
    template: 'kubelet.yaml',
    artifacts: {
      image: IMAGE,
      files: [
        {
          name: 'kubelet',
          url: `http://${ECHO_ADDRESS}:${ECHO_PORT}/kubelet`,
          sha256: sum,
          path: KUBELET_PROGRAM,
          mode: '0755',
        },
      ],
    },
    phases: ['node', 'kubelet'],
  });
  return {
    enabled: true,
    budget: { cluster: 1, groups: [{ ...LINUX_GROUP, max: 1 }] },
    prove: { settle: '3s', returnWithin: '4m', connectivity: 'off' },
    gates: { alerts: { source: 'none' } },
    templates: folder,
    executors: {
      kubelet: executor(sha256),
      'kubelet-wrong': executor(createHash('sha256').update('another program').digest('hex')),
    },
  };
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function upgrade(node: string, executor: string) {
  const state = await nodeState(sandbox, node);
  await maintenances.start({
    cluster: SANDBOX_CLUSTER,
    node: { name: nodeName(node), uid: nodeUid(state?.uid ?? '') },
    run: 'kubelets',
    group: LINUX_GROUP.name,
    purpose: 'upgrade',
    phase: 'kubelet',
    executor,
    expect: { kubelet: version(NEXT), bootIdChanged: false, sentinelGone: false, connectivity: 'off', healing: 'off' },
    parent: null,
  });
  return maintenances.result(nodeName(node));
}

/** What its node would run as its kubelet. */
const program = (node: string) => nodes.on(node, `readlink -f ${KUBELET_PROGRAM}`);
const pidOfKubelet = (node: string) => nodes.on(node, 'grep -lx kubelet /proc/[0-9]*/comm 2>/dev/null || :');

testOnRealNodes(
  'M53: a program with a wrong sum is refused before anything of the node was touched',
  async () => {
    const before = { program: await program(FIRST), pid: await pidOfKubelet(FIRST) };
    const { outcome, detail } = await upgrade(FIRST, 'kubelet-wrong');
    expect({ outcome, detail }).toEqual({ outcome: 'act-failed', detail: expect.stringContaining('sha256') });
    expect({ program: await program(FIRST), pid: await pidOfKubelet(FIRST) }).toEqual(before);
    expect(await nodeState(sandbox, FIRST)).toMatchObject({ kubelet: OLD, isCordoned: false, isMarked: false });
    // Nobody is taken after an act that failed, until somebody has looked at it.
    const guard = maintenanceGuardOf(temporal, SANDBOX_CLUSTER);
    expect(await guard.status()).toMatchObject({
      kind: 'status',
      status: { breaker: { failures: { detail: expect.stringContaining('act-failed') } } },
    });
    expect(await guard.resume({ by: 'anna', reason: 'the sum is right now' })).toMatchObject({ kind: 'result' });
  },
  MAINTAIN_MS,
);

testOnRealNodes(
  'M13, M18, M26: the kubelets of both nodes are exchanged, one after the other, and proven',
  async () => {
    const pods = await podUids(sandbox.api, WORKLOAD_NAMESPACE);
    const results = await Promise.all(NODES.map((node) => upgrade(node, 'kubelet')));
    expect(results.map(({ outcome }) => outcome)).toEqual(NODES.map(() => 'done'));
    expect(results.map(({ before, after }) => [before?.kubelet, after?.kubelet])).toEqual(NODES.map(() => [OLD, NEXT]));
    const events = await sandbox.auditEvents();
    expect(cordonedMax(nodeSteps(events))).toBe(1);
    for (const node of NODES) {
      expect(await nodes.on(node, `${KUBELET_PROGRAM} --version`)).toBe(`Kubernetes ${NEXT}\n`);
      expect(await nodeState(sandbox, node)).toMatchObject({ kubelet: NEXT, isCordoned: false, isMarked: false });
      const steps = nodeSteps(events).filter((step) => step.node === node);
      expect(steps.filter(({ step }) => step === 'evict').length).toBeGreaterThan(0);
    }
    const after = await podUids(sandbox.api, WORKLOAD_NAMESPACE);
    expect(after.length).toBe(pods.length);
    expect(after.filter((uid) => pods.includes(uid))).toEqual([]);
  },
  2 * MAINTAIN_MS,
);
