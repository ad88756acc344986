/** Real containers of a real kubelet, judged by what an agent without rights reads of their processes (M50, M51). */

import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from '@jest/globals';

import { parseDeclaredFile } from '../../config/privileges/declared-file.ts';
import type { Declarations } from '../../domain/privileges/declaration.ts';
import { driftRows, privilegesReport } from '../../domain/privileges/report.ts';
import { connectCluster } from '../../kubernetes/client/connection.ts';
import { nodeAffinity } from '../../kubernetes/nodes/affinity.ts';
import { createRunningContainers } from '../../kubernetes/privileges/pods.ts';
import { realNode } from '../../sandbox/real-nodes/addresses.ts';
import { PROBE_IMAGE } from '../../sandbox/real-nodes/image.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type AgentProcess, startAgent } from '../integration/agent/agent-process.ts';
import { startCollector, type TestCollector } from '../integration/agent/test-collector.ts';
import { testOnRealNodes } from './on-real-nodes.ts';
import { UNPRIVILEGED } from './unprivileged-agent.ts';

const NAMESPACE = 'measurement';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const NODE = realNode(1).name;
const NOBODY = 65_534;
const UNTIL = { timeoutMs: 120_000, pollMs: 250 };
const execute = promisify(execFile);

let folder: string;
let sandbox: Sandbox;
let collector: TestCollector;
let agent: AgentProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigilante-privileges-'));
  await chmod(folder, 0o755);
  // As an image brings a program with a capability of its file.
  await copyFile('/bin/sleep', join(folder, 'scamper'));
  await execute('setcap', ['cap_net_raw+ep', join(folder, 'scamper')]);
  sandbox = await startSandbox({ report: () => {}, realNodes: { count: 1 } });
  await sandbox.api.demand('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } });
  collector = await startCollector();
  const args = ['-processes', `-serverendpoint=${collector.address}`, '-reportinterval=1', '-zeroextenderlength=0'];
  agent = startAgent({ args, command: 'setpriv', program: UNPRIVILEGED });
});

afterAll(async () => {
  await agent?.stop();
  await collector?.stop();
  await sandbox?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

interface Container {
  readonly securityContext: object;
  readonly command?: readonly string[];
}

/** A pod of one container of its own name, which runs on the real node. */
async function runPod(name: string, container: Container): Promise<void> {
  const volumeMounts = [{ name: 'programs', mountPath: '/programs' }];
  const body = {
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      dnsPolicy: 'Default',
      terminationGracePeriodSeconds: 0,
      affinity: nodeAffinity(NODE),
      volumes: [{ name: 'programs', hostPath: { path: folder } }],
      containers: [{ name, image: PROBE_IMAGE, imagePullPolicy: 'Never', volumeMounts, ...container }],
    },
  };
  const isMade = async () => (await sandbox.api.call('POST', PODS, { body })).status === 201;
  // The controllers make the account of a new namespace.
  await waitUntil(isMade, { what: `pod ${name} to be accepted`, ...UNTIL });
}

const user = (runAsUser: number, capabilities: object) => ({
  runAsUser,
  runAsGroup: NOBODY,
  capabilities,
  allowPrivilegeEscalation: true,
});

const DECLARED = `
groups:
  measurement:
    - { container: ndt-server, user: "65534:65534" }
    - { container: ndt-virtual, user: "0:65534", capabilities: [NET_BIND_SERVICE], reason: to bind to port 80 }
    - { container: traceroute-caller, user: "65534:65534", fileCapabilities: [NET_RAW], reason: scamper requires it }
    - { container: wehe, user: "65534:65534" }
    - { container: pusher, user: "65534:65534" }
defaults: { namespaces: [${NAMESPACE}], ignore: [] }
`;

function declarations(): Declarations {
  const parsed = parseDeclaredFile(DECLARED);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed));
  return parsed.declarations;
}

/** Once the agent has read processes of all of them. */
async function report(names: readonly string[]) {
  const cluster = connectCluster({ kubeconfig: { kind: 'file', path: sandbox.env.KUBECONFIG }, proxyFor: () => null });
  try {
    return await waitUntil(
      async () => {
        const read = collector.reports.at(-1)?.report.processes?.containers ?? [];
        const processes = new Map(read.map((container) => [container.id, container.processes]));
        const containers = (await createRunningContainers(cluster).list()).filter(
          ({ namespace }) => namespace === NAMESPACE,
        );
        const isRead = names.every((name) =>
          containers.some(({ container, containerId }) => container === name && processes.has(containerId)),
        );
        if (!isRead) return null;
        return privilegesReport({
          atMs: Date.now(),
          containers,
          declarations: declarations(),
          processesOf: (id) => processes.get(id) ?? [],
          problems: [],
        });
      },
      {
        what: 'all containers in a report of the agent',
        ...UNTIL,
        explain: async () => JSON.stringify(collector.reports.at(-1)?.report.processes),
      },
    );
  } finally {
    await cluster.close();
  }
}

testOnRealNodes(
  'M50, M51: what a real kubelet runs is judged by its processes, and two planted drifts alone are found',
  async () => {
    const none = { drop: ['ALL'] };
    await runPod('ndt-server', { securityContext: { ...user(NOBODY, none), allowPrivilegeEscalation: false } });
    await runPod('ndt-virtual', { securityContext: user(0, { drop: ['ALL'], add: ['NET_BIND_SERVICE'] }) });
    const scamper = ['/programs/scamper', '600'];
    const raw = { drop: ['ALL'], add: ['NET_RAW'] };
    await runPod('traceroute-caller', { securityContext: user(NOBODY, raw), command: scamper });
    // Two that have more than they are declared to have: by a file of their image, and by their user.
    await runPod('wehe', { securityContext: user(NOBODY, {}), command: scamper });
    await runPod('pusher', { securityContext: user(0, none) });
    const found = await report(['ndt-server', 'ndt-virtual', 'traceroute-caller', 'wehe', 'pusher']);
    const judged = new Map(found.rows.map(({ container, ...row }) => [container, row]));
    const inOrder = [...judged.keys()].map(String).toSorted();
    expect(inOrder).toEqual(['ndt-server', 'ndt-virtual', 'pusher', 'traceroute-caller', 'wehe']);
    for (const { worst } of judged.values()) expect(worst?.source).toBe('processes');
    for (const name of ['ndt-server', 'ndt-virtual', 'traceroute-caller']) {
      expect(judged.get(name)).toMatchObject({ judgement: 'as-declared', findings: [] });
    }
    expect(judged.get('pusher')).toMatchObject({ judgement: 'more', findings: [expect.stringContaining('uid 0')] });
    expect(judged.get('wehe')).toMatchObject({ judgement: 'more', findings: [expect.stringContaining('NET_RAW')] });
    expect(
      driftRows(found)
        .map(({ container }) => String(container))
        .toSorted(),
    ).toEqual(['pusher', 'wehe']);
  },
);
