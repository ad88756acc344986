/** The real maintainer and the real commands: a node is acted upon, proven and given back, also over kill -9. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { waitUntil } from '../../../sandbox/wait-until.ts';
import { temporalClient } from '../../../temporal/client.ts';
import { maintenanceGuardOf } from '../../../temporal/maintenance/guard.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';
import { CLUSTER, FREE, type MaintainerWorld, startMaintainerWorld } from './maintainer-process.ts';

const UNTIL = { timeoutMs: 180_000, pollMs: 100 };

const temporal = useTemporalServer({ searchAttributes: true });
let world: MaintainerWorld;

beforeAll(async () => {
  world = await startMaintainerWorld({ address: temporal.server.profile.address });
  for (const name of ['lin-1', 'lin-2', 'lin-3', 'lin-4']) await world.addNode(name);
  await world.start();
});

afterAll(async () => {
  await world?.stop();
});

test('M18: a node is cordoned, acted upon once, proven and given back, and the command says so', async () => {
  const waiting = world.vigilante('maintain', 'lin-1', '--executor', 'reboot-linux', '--wait');
  const pod = await world.actPodOf('lin-1');
  expect(await world.nodeState('lin-1')).toEqual({ cordoned: true, marked: true });
  expect((await world.vigilante('maintenance')).out).toContain('1 in work');
  await world.reboot('lin-1', { pod });
  expect(await waiting).toEqual({ code: 0, out: expect.stringContaining('lin-1: done: proven; uncordoned') });
  expect(await world.nodeState('lin-1')).toEqual(FREE);
  expect(await world.actPods()).toEqual([]);
});

test('M16, M21: a maintainer killed in the middle of the act is followed by one that finds the act', async () => {
  const waiting = world.vigilante('maintain', 'lin-2', '--executor', 'reboot-linux', '--wait');
  const pod = await world.actPodOf('lin-2');
  await world.kill();
  await world.start();
  await world.reboot('lin-2', { pod });
  expect(await waiting).toEqual({ code: 0, out: expect.stringContaining('lin-2: done') });
  expect(await world.nodeState('lin-2')).toEqual(FREE);
});

test('M19, M38: a node that does not come back is held, stops the others, and is released by hand', async () => {
  const held = world.vigilante('maintain', 'lin-3', '--executor', 'reboot-linux', '--wait');
  await world.endPod(await world.actPodOf('lin-3'));
  const guard = maintenanceGuardOf(temporalClient(temporal.connection, temporal.server.profile.namespace), CLUSTER);
  const statusOf = async () => {
    const answer = await guard.status();
    return answer.kind === 'status' ? answer.status : null;
  };
  const isHeld = async () => (await statusOf())?.slots.some((slot) => slot.held) === true;
  await waitUntil(isHeld, { what: 'a held node', ...UNTIL });
  expect(await world.nodeState('lin-3')).toEqual({ cordoned: true, marked: true });
  expect((await world.vigilante('maintain', 'lin-4', '--executor', 'by')).code).toBe(0);
  const waits = async () => (await statusOf())?.waiting[0]?.reasons.some(({ kind }) => kind === 'breaker') === true;
  await waitUntil(waits, { what: 'one that waits for the breaker', ...UNTIL });
  expect((await world.vigilante('release', 'lin-3', 'give-back', '--reason', 'seen on its console')).code).toBe(0);
  expect(await held).toEqual({ code: 1, out: expect.stringContaining('lin-3: given-back') });
  expect(await world.nodeState('lin-3')).toEqual(FREE);
  expect((await world.vigilante('maintenance', 'resume', '--reason', 'repaired')).code).toBe(0);
  await world.endPod(await world.actPodOf('lin-4'));
  await world.untilFree('lin-4');
});

test('M55: an executor that the configuration does not have is refused with those that it has', async () => {
  const refused = await world.vigilante('maintain', 'lin-1', '--executor', 'evil');
  expect(refused).toEqual({ code: 1, out: expect.stringContaining('it has: reboot-linux, by') });
});
