/** Real nodes that crash, start and lose their cable. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { z } from 'zod';
import { realNode } from '../../sandbox/real-nodes/addresses.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { killNodeProgram } from './node-programs.ts';
import { hasRealNodes, testOnRealNodes } from './on-real-nodes.ts';
import { probePod } from './probe-pod.ts';
import { type RealWorld, startRealWorld } from './real-world.ts';

const node = realNode(1);
const WAIT_MS = 90_000;
/** A pod that could run would have an address by then. */
const SILENCE_MS = 8_000;

const NodeSchema = z.object({ status: z.object({ nodeInfo: z.object({ bootID: z.string() }) }) });

let world: RealWorld;

beforeAll(async () => {
  if (hasRealNodes) world = await startRealWorld({ count: 1 });
});

afterAll(async () => {
  await world?.sandbox.stop();
});

async function bootId(): Promise<string> {
  const answer = await world.sandbox.api.demand('GET', `/api/v1/nodes/${node.name}`);
  return NodeSchema.parse(answer.body).status.nodeInfo.bootID;
}

testOnRealNodes('a node that crashed is another boot of the same disk after its start', async () => {
  await world.nodes.cure(node.name);
  await world.untilOwn(node.name);
  const before = await bootId();
  await world.nodes.crash(node.name);
  await expect(world.nodes.crash(node.name)).rejects.toThrow(`${node.name} is off`);
  await world.nodes.start(node.name);
  await waitUntil(async () => (await bootId()) !== before, { what: 'another boot', timeoutMs: WAIT_MS, pollMs: 500 });
  const probe = await world.probe(node.name);
  expect(probe.source).toBe(probe.podIp);
});

testOnRealNodes('a node whose root asks systemctl for a reboot is another boot, and has an empty /run', async () => {
  const [before, file] = [await bootId(), '/var/run/reboot-required'];
  await world.nodes.on(node.name, `touch ${file} && test -e /run/reboot-required`);
  await expect(world.nodes.on(node.name, 'systemctl poweroff')).rejects.toThrow(
    'only reboot and restart kubelet are known, not poweroff',
  );
  // Its shell ends with the node.
  await world.nodes.on(node.name, 'systemctl reboot').catch(() => undefined);
  await waitUntil(async () => (await bootId()) !== before, { what: 'another boot', timeoutMs: WAIT_MS, pollMs: 500 });
  await world.nodes.on(node.name, `! test -e ${file}`);
});

testOnRealNodes('a node without its cable runs no new pod until it has it again', async () => {
  await world.nodes.cut(node.name);
  await world.createPod(probePod({ name: 'cut-off', node: node.name }));
  await sleep(SILENCE_MS);
  expect((await world.readPod('cut-off')).status).toMatchObject({ phase: 'Pending' });
  expect((await world.readPod('cut-off')).status.podIP).toBeUndefined();
  await world.nodes.start(node.name);
  expect((await world.answerOf('cut-off')).podIp).toMatch(/^10\.101\./);
});

testOnRealNodes('kubelet and containerd come back after a kill, and pods run again', async () => {
  for (const program of ['kubelet', 'containerd'] as const) {
    await killNodeProgram(world.sandbox, program);
    expect((await world.probe(node.name)).podIp).toMatch(/^10\.101\./);
  }
});

testOnRealNodes('a node that is not there is named', async () => {
  await expect(async () => world.nodes.cut('real-2')).rejects.toThrow('real-2 is not a real node');
});
