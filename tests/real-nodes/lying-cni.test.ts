/** A CNI that reports success, gives an address and translates all the same. */

import { afterAll, beforeAll, expect } from '@jest/globals';
import { realNode } from '../../sandbox/real-nodes/addresses.ts';
import { hasRealNodes, testOnRealNodes } from './on-real-nodes.ts';
import { type RealWorld, startRealWorld } from './real-world.ts';

const PODS = 3;
const node = realNode(1);

let world: RealWorld;

beforeAll(async () => {
  if (hasRealNodes) world = await startRealWorld({ count: 1, cni: 'lying' });
});

afterAll(async () => {
  await world?.sandbox.stop();
});

testOnRealNodes(
  'E58: with a lying CNI a pod runs and has an address, yet shows that of its node after the cure',
  async () => {
    await world.nodes.cure(node.name);
    for (let pod = 0; pod < PODS; pod += 1) {
      const probe = await world.probe(node.name);
      expect(probe.podIp).toMatch(/^10\.101\./);
      expect(probe.source).toBe(node.address);
    }
  },
);
