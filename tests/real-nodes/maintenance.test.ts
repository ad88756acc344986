/**
 * Two real nodes are rebooted one after the other, because the agent of each reads its sentinel file: real kubelets and
 * containers, pods under a PodDisruptionBudget, and the pod of the act runs `systemctl reboot` in the node.
 *
 * Two parts of a machine are played. `systemctl` signals the first process of the node as systemd would be signalled, and
 * that process ends the node. The sandbox starts it again, as firmware does, with another boot id and another /run.
 */

import { afterAll, beforeAll, expect } from '@jest/globals';
import type { SentinelState } from '../../contracts/connectivity/host-facts.ts';
import type { AuditEvent } from '../../sandbox/audit.ts';
import { MAINTENANCE_NAMESPACE } from '../../sandbox/layout.ts';
import { cordonedMax, deletesOfMaintainer, nodeSteps, readyMin } from '../../sandbox/machines/maintenance-audit.ts';
import { WORKLOAD_NAMESPACE, type Workload } from '../../sandbox/machines/workloads.ts';
import { realNodes } from '../../sandbox/real-nodes/addresses.ts';
import { PROBE_IMAGE } from '../../sandbox/real-nodes/image.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import type { NodeState } from '../e2e/maintenance-world.ts';
import { HEALS_TIMEOUT_MS, hasRealNodes, testOnRealNodes } from './on-real-nodes.ts';
import { AGENT_NAMESPACE, PodSchema, type Pods, type RebootWorld, SENTINEL, startRebootWorld } from './reboot-world.ts';

const NODES = realNodes(2).map(({ name }) => name);
const WORKLOADS: readonly Workload[] = [
  { name: 'web', replicas: 3, minAvailable: 2, image: PROBE_IMAGE },
  { name: 'api', replicas: 2, minAvailable: 1, image: PROBE_IMAGE },
];
const BOOT_ID = '/proc/sys/kernel/random/boot_id';
const WAIT_MS = 180_000;
const REBOOTED_MS = 480_000;

interface Seen {
  readonly states: ReadonlyMap<string, NodeState>;
  /** As the kernel of each node shows it. */
  readonly boots: ReadonlyMap<string, string>;
  readonly agents: Pods;
  readonly pods: Pods;
}

let world: RebootWorld;
let before: Seen;
let after: Seen;
let events: readonly AuditEvent[];
/** What the agents reported of the sentinel of each node: at first, once it was written, and at the end. */
const sentinels: (SentinelState | undefined)[][] = [];

beforeAll(async () => {
  if (!hasRealNodes) return;
  world = await startRebootWorld({ count: NODES.length, workloads: WORKLOADS });
  await untilSentinel('absent');
  before = await look();
  for (const name of NODES) await world.nodes.on(name, `touch ${SENTINEL}`);
  await untilSentinel('present');
  await world.startMaintenance();
  await waitUntil(async () => (await Promise.all(NODES.map(isRebooted))).every(Boolean), {
    what: 'both nodes to be rebooted and given back',
    timeoutMs: REBOOTED_MS,
    pollMs: 1_000,
    explain,
  });
  await untilSentinel('absent');
  after = await look();
  events = await world.sandbox.auditEvents();
}, HEALS_TIMEOUT_MS);

afterAll(async () => {
  await world?.stop();
});

async function look(): Promise<Seen> {
  return {
    states: new Map(await Promise.all(NODES.map(async (name) => [name, await world.nodeState(name)] as const))),
    boots: new Map(await Promise.all(NODES.map(async (name) => [name, await bootOf(name)] as const))),
    agents: await world.podsIn(AGENT_NAMESPACE),
    pods: await world.podsIn(WORKLOAD_NAMESPACE),
  };
}

async function bootOf(name: string): Promise<string> {
  return (await world.nodes.on(name, `cat ${BOOT_ID}`)).trim();
}

/** By the report of the agent of each node. */
async function untilSentinel(state: SentinelState): Promise<void> {
  for (const name of NODES) {
    await waitUntil(async () => (await world.host(name))?.sentinel.state === state, {
      what: `the agent of ${name} to report that its sentinel is ${state}`,
      timeoutMs: WAIT_MS,
      pollMs: 250,
      explain,
    });
  }
  const reports = await Promise.all(NODES.map((name) => world.host(name)));
  sentinels.push(reports.map((report) => report?.sentinel.state));
}

async function isRebooted(name: string): Promise<boolean> {
  const { bootId, isCordoned, isMarked } = await world.nodeState(name);
  return bootId !== before.states.get(name)?.bootId && !isCordoned && !isMarked;
}

async function explain(): Promise<string> {
  const namespaces = [AGENT_NAMESPACE, WORKLOAD_NAMESPACE, MAINTENANCE_NAMESPACE];
  return JSON.stringify(
    {
      states: await Promise.all(NODES.map((name) => world.nodeState(name))),
      hosts: await Promise.all(NODES.map((name) => world.host(name))),
      pods: await Promise.all(namespaces.map((namespace) => world.podsIn(namespace))),
    },
    null,
    1,
  );
}

const uidsOf = (pods: Pods) => pods.map(({ metadata }) => metadata.uid);

testOnRealNodes('M26: never is more than one node cordoned by us', async () => {
  expect(cordonedMax(nodeSteps(events))).toBe(1);
});

testOnRealNodes(
  'M11, M13, M16, M18: each node is marked and cordoned in one request, drained, acted upon once, booted, uncordoned',
  async () => {
    const steps = nodeSteps(events);
    for (const name of NODES) {
      const own = steps.filter(({ node }) => node === name).map(({ step }) => step);
      // A kubelet also reports the boot in which it registers its node.
      expect(own.join(' ')).toMatch(/^(boot )*mark-and-cordon( evict)+ act boot uncordon$/);
    }
  },
);

/** Ids of the containers of acts that the kubelet of the node has run. */
function actContainers(name: string): readonly string[] {
  const written = events.filter(
    ({ user, namespace, subresource, code }) =>
      user === `system:node:${name}` && namespace === MAINTENANCE_NAMESPACE && subresource === 'status' && code === 200,
  );
  const ids = written.flatMap(({ responseObject }) =>
    PodSchema.parse(responseObject).status.containerStatuses.map(({ containerID }) => containerID),
  );
  return [...new Set(ids)].filter((id) => id !== '');
}

testOnRealNodes('M43: each agent read the sentinel file of its node, which went with the boot', async () => {
  expect(sentinels).toEqual([NODES.map(() => 'absent'), NODES.map(() => 'present'), NODES.map(() => 'absent')]);
});

testOnRealNodes(
  'M16, M18: one real container of the act ended the node, which is another boot of the same node',
  async () => {
    for (const name of NODES) {
      const [one, other] = [before.states.get(name), after.states.get(name)];
      expect(other?.uid).toBe(one?.uid);
      // What the kubelet reports is what its kernel shows.
      expect(one?.bootId).toBe(before.boots.get(name));
      expect(other?.bootId).toBe(after.boots.get(name));
      expect(other?.bootId).not.toBe(one?.bootId);
      // After the boot the kubelet finds the container, and does not run it again.
      expect(actContainers(name)).toEqual([expect.stringMatching(/^containerd:/)]);
    }
  },
);

testOnRealNodes('M13: pods left by eviction alone, and run in others of their Deployment', async () => {
  expect(
    deletesOfMaintainer(events).filter((pod) => !pod.startsWith(`${MAINTENANCE_NAMESPACE}/vigilante-act-`)),
  ).toEqual([]);
  expect(nodeSteps(events).filter(({ step, node }) => step === 'evict' && node === '')).toEqual([]);
  const left = uidsOf(after.pods).filter((uid) => uidsOf(before.pods).includes(uid));
  expect(left).toEqual([]);
  expect(after.pods.length).toBe(before.pods.length);
});

testOnRealNodes('M13: at no request were fewer pods Ready than their budget demands', async () => {
  const min = readyMin(events, WORKLOADS);
  for (const { name, minAvailable, replicas } of WORKLOADS) {
    expect(min[name]).toBeGreaterThanOrEqual(minAvailable);
    expect(min[name]).toBeLessThan(replicas);
  }
});

testOnRealNodes(
  'the pods of the DaemonSet of the agents stay, and their containers are others after the boot',
  async () => {
    expect(uidsOf(after.agents).toSorted()).toEqual(uidsOf(before.agents).toSorted());
    const containers = (pods: Pods) =>
      pods.flatMap(({ status }) => status.containerStatuses.map(({ containerID }) => containerID));
    expect(containers(after.agents).filter((id) => containers(before.agents).includes(id))).toEqual([]);
  },
);
