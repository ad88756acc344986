/** Which address a pod on a real node shows: before its cure, after each way of it, and with a CNI that lies. */

import { afterAll, beforeAll, expect } from '@jest/globals';
import { realNode } from '../../sandbox/real-nodes/addresses.ts';
import { hasRealNodes, testOnRealNodes } from './on-real-nodes.ts';
import { type RealWorld, startRealWorld } from './real-world.ts';

const [first, second] = [realNode(1), realNode(2)];
/** Longer than a pod takes on a loaded machine. */
const PAUSE_MS = 20_000;

let world: RealWorld;

beforeAll(async () => {
  if (hasRealNodes) world = await startRealWorld({ count: 2 });
});

afterAll(async () => {
  await world?.sandbox.stop();
});

testOnRealNodes(
  'E56: real nodes are Ready beside simulated ones, and each has its own kubelet play its pods',
  async () => {
    await world.sandbox.addNode('simulated', { os: 'linux' });
    const nodes = await world.sandbox.listNodes();
    expect(
      nodes
        .filter(({ ready }) => ready)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([first.name, second.name, 'simulated']);
    await world.probe(first.name);
    const writers = (await world.sandbox.auditEvents()).filter(
      ({ resource, subresource, name }) =>
        resource === 'pods' && subresource === 'status' && name?.startsWith('probe-'),
    );
    expect(new Set(writers.map(({ user }) => user))).toEqual(new Set([`system:node:${first.name}`]));
  },
);

testOnRealNodes('a pod shows the address of its node, on every node its own', async () => {
  for (const node of [first, second]) {
    await world.nodes.snat(node.name);
    const probe = await world.probe(node.name);
    expect(probe).toMatchObject({ hostIp: node.address, source: node.address });
    expect(probe.podIp.startsWith(node.podSubnet.slice(0, node.podSubnet.lastIndexOf('.') + 1))).toBe(true);
  }
});

for (const how of ['write', 'rename', 'broken'] as const) {
  testOnRealNodes(
    `after a cure by ${how} a new pod shows its own address, and the other node is as before`,
    async () => {
      await uncure();
      await world.nodes.cure(first.name, { how });
      await world.untilOwn(first.name);
      expect((await world.probe(second.name)).source).toBe(second.address);
    },
  );
}

testOnRealNodes('a file moved in from outside cures nothing before the next write', async () => {
  await uncure();
  const written = world.nodes.cure(first.name, { how: 'outside', pauseMs: PAUSE_MS });
  expect((await world.probe(first.name)).source).toBe(first.address);
  await written;
  await world.untilOwn(first.name);
});

/** As at first; waits until the node translates again. */
async function uncure(): Promise<void> {
  for (const { name, address } of [first, second]) {
    await world.nodes.snat(name);
    while ((await world.probe(name)).source !== address);
  }
}
