/** What becomes of a node, step by step: the workflow as it is built, on a real server, with nodes in memory. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { maintenanceStatus, nodeNews, resolveNode } from '../../../contracts/maintenance/signals-and-queries.ts';
import type { MaintenanceMark } from '../../../domain/maintenance/facts.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { facts, mark, REBOOT } from '../../fixtures/maintenance.ts';
import { nodeUid } from '../../fixtures/nodes.ts';
import { type Harness, startHarness } from '../heal-node/harness.ts';
import { replay } from '../onboard-node/harness.ts';
import { withMaintainer } from './harness.ts';
import { heartbeats, type MaintenanceWorld, QUICK_RULES } from './world.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness?.env.teardown());

const UNTIL = { timeoutMs: 60_000, pollMs: 20 };
const WHO = { by: 'anna', reason: 'looked at it' };

function node(world: MaintenanceWorld) {
  return world.nodes.get('lin-1');
}

function callsOf(world: MaintenanceWorld): string {
  return world.calls.map((call) => call.replace(' lin-1', '')).join(' ');
}

/** The act happens, and the node does not come back. */
function neverReturns(world: MaintenanceWorld): void {
  world.rules = { ...QUICK_RULES, actDeadlineMs: 0, returnWithinMs: 300 };
  world.scripted.startAct = async ({ node: { name }, executor, key }) => {
    world.acts.set(key, 1);
    world.nodes.set(name, { ...(world.nodes.get(name) ?? facts()), ready: false });
    return { kind: 'started', handle: { executor, id: key } };
  };
}

test('M10, M16, M18: from the slot to the giving back, in this order, within 120 events, and replayed alike', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    const { handle, result } = await start();
    expect(await result()).toMatchObject({
      outcome: 'done',
      detail: 'proven; uncordoned',
      evicted: 2,
      before: { bootId: 'boot-1' },
      after: { bootId: 'boot-2' },
    });
    expect(callsOf(world)).toBe(
      'observeNode askSlot markNode drainNode detachVolumes askSlot markActing startAct watchNode giveBackNode returnSlot',
    );
    expect([...world.acts.values()]).toEqual([1]);
    expect(node(world)).toMatchObject({ unschedulable: false, mark: null });
    const { events } = await handle.fetchHistory();
    expect(events?.length).toBeLessThanOrEqual(120);
    await replay(harness, handle);
  });
});

test('a phase that does not drain marks without a cordon, and evicts nothing', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    const { result } = await start({ phase: 'control-pods' });
    expect(await result()).toMatchObject({ outcome: 'done', evicted: 0 });
    expect(callsOf(world)).toBe(
      'observeNode askSlot markNode askSlot markActing startAct watchNode giveBackNode returnSlot',
    );
  });
});

test('M14: a drain that comes to nothing is undone at its deadline, and names what was in the way', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.rules = { ...QUICK_RULES, drainDeadlineMs: 200 };
    world.scripted.drainNode = async () => {
      await heartbeats(100);
      return { kind: 'looked', end: 'slice-over', evicted: 1, left: ['default/web: needs 2'], hadVolumes: false };
    };
    const { result } = await start();
    const found = await result();
    expect(found.outcome).toBe('undrained');
    expect(found.detail).toContain('default/web: needs 2');
    expect(found.evicted).toBeGreaterThan(0);
    expect(world.events).toEqual(['DrainBlocked: not drained within the deadline: default/web: needs 2']);
    expect(node(world)).toMatchObject({ unschedulable: false, mark: null });
    expect(world.acts.size).toBe(0);
    expect(callsOf(world)).toMatch(/giveBackNode returnSlot$/);
  });
});

test.each([
  ['in-the-way', 'it can never be drained'],
  ['uncordoned', 'others uncordoned the node'],
  ['forbidden', 'a right is missing'],
] as const)('M12, M14: a drain that ends %s is undone at once', async (end, detail) => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.scripted.drainNode = async () => ({ kind: 'looked', end, evicted: 0, left: [], hadVolumes: false });
    const { result } = await start();
    expect(await result()).toMatchObject({ outcome: 'undrained', detail: `${detail}; uncordoned` });
    expect(world.calls.filter((call) => call.startsWith('drainNode'))).toHaveLength(1);
    expect(world.acts.size).toBe(0);
  });
});

test('M12, M16: uncordoned before the act, nothing is done to the node', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.scripted.markActing = async () => ({ kind: 'uncordoned' });
    const { result } = await start();
    expect(await result()).toMatchObject({ outcome: 'undrained' });
    expect(world.acts.size).toBe(0);
    expect(node(world)?.mark).toBeNull();
  });
});

test('M10: a slot that the guard does not know is asked for again before the cordon', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.scripted.markNode = async () => {
      delete world.scripted.markNode;
      return { kind: 'no-slot' };
    };
    const { result } = await start();
    expect((await result()).outcome).toBe('done');
    expect(callsOf(world)).toMatch(/^observeNode askSlot markNode askSlot markNode drainNode/);
  });
});

test('M24: a node that is not Ready is reported, and nothing is written or asked for', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.nodes.set('lin-1', facts({ ready: false }));
    const { result } = await start();
    expect((await result()).outcome).toBe('not-ready-before');
    expect(callsOf(world)).toBe('observeNode');
  });
});

test('M20: a node that goes while it is drained frees its slot', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.scripted.drainNode = async () => ({ kind: 'gone' });
    const { result } = await start();
    expect((await result()).outcome).toBe('node-gone');
    expect(callsOf(world)).toMatch(/drainNode returnSlot$/);
  });
});

test('M20: a node that comes back as another one is not given back', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.scripted.watchNode = async () => ({ kind: 'replaced', uid: nodeUid('other') });
    const { result } = await start();
    expect(await result()).toMatchObject({ outcome: 'node-replaced' });
    expect(callsOf(world)).toMatch(/watchNode returnSlot$/);
  });
});

test('M17: cancelled while it waits for its slot, it ends and tells the guard', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.scripted.askSlot = async () => undefined;
    const { handle, result, reaches } = await start();
    await reaches('slot');
    await waitUntil(async () => callsOf(world).includes('askSlot'), { what: 'the question', ...UNTIL });
    await handle.cancel();
    expect(await result()).toMatchObject({ outcome: 'aborted' });
    expect(callsOf(world)).toBe('observeNode askSlot returnSlot');
  });
});

test('M17: cancelled while it drains, the drain ends and is undone', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.scripted.drainNode = async () => {
      await heartbeats(120_000);
      return { kind: 'looked', end: 'drained', evicted: 0, left: [], hadVolumes: false };
    };
    const { handle, result, reaches } = await start();
    await reaches('drain');
    await handle.cancel();
    expect(await result()).toMatchObject({ outcome: 'aborted', detail: 'cancelled before the act; uncordoned' });
    expect(node(world)).toMatchObject({ unschedulable: false, mark: null });
    expect(world.acts.size).toBe(0);
  });
});

test('M17: cancelled after the act has begun, the node is proven first', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    let isBack = false;
    world.scripted.watchNode = async () => {
      await heartbeats(50);
      const seen = facts({ bootId: 'boot-2' });
      if (isBack) return { kind: 'proven', facts: seen, ended: null };
      return { kind: 'slice-over', facts: seen, missing: ['not yet'], ended: null };
    };
    const { handle, result, reaches } = await start();
    await reaches('prove');
    await handle.cancel();
    await waitUntil(async () => (await handle.query(maintenanceStatus)).isCancelled, { what: 'cancelled', ...UNTIL });
    isBack = true;
    const found = await result();
    expect(found).toMatchObject({ outcome: 'done' });
    expect(found.detail).toContain('cancelled after the act had begun');
    expect(node(world)).toMatchObject({ unschedulable: false, mark: null });
  });
});

test('M23: the healing of a machine that was started again is asked for once, and then waited for', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    const seen = facts({ bootId: 'boot-2', healing: 'not-healed' });
    const asked: boolean[] = [];
    world.scripted.watchNode = async ({ asksForHealing }) => {
      await heartbeats(20);
      asked.push(asksForHealing);
      if (asksForHealing) return { kind: 'to-heal', facts: seen, missing: ['not proven'], ended: null };
      if (asked.length < 3) return { kind: 'slice-over', facts: seen, missing: ['not proven'], ended: null };
      return { kind: 'proven', facts: facts({ bootId: 'boot-2', healing: 'proven' }), ended: null };
    };
    const { handle, result } = await start({ expect: { ...REBOOT, healing: 'proven' } });
    expect(await result()).toMatchObject({ outcome: 'done' });
    expect(asked).toEqual([true, false, false]);
    expect(callsOf(world)).toMatch(/startAct watchNode restartHealing watchNode watchNode giveBackNode returnSlot$/);
    await replay(harness, handle);
  });
});

test('M19: a node that does not come back is held with its slot, and given back when it comes late', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    neverReturns(world);
    const { handle, result, reaches } = await start();
    await reaches('hold');
    await waitUntil(async () => callsOf(world).includes('returnSlot'), { what: 'the guard to be told', ...UNTIL });
    expect(node(world)).toMatchObject({ unschedulable: true, mark: { phase: 'acting' } });
    expect(await handle.query(maintenanceStatus)).toMatchObject({ isHeld: true, outcome: null });
    expect(world.events[0]).toMatch(/^NodeHeld: the node is not Ready/);
    world.nodes.set('lin-1', { ...(node(world) ?? facts()), ready: true, bootId: 'boot-2' });
    expect(await result()).toMatchObject({ outcome: 'done', detail: 'proven, late; uncordoned' });
    expect(callsOf(world)).toMatch(/returnSlot( watchNode)+ giveBackNode returnSlot$/);
  });
});

test('M16: an act that cannot be begun within its deadline counts as one that failed, and the node is proven all the same', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.rules = { ...QUICK_RULES, actDeadlineMs: 300 };
    world.scripted.startAct = async () => {
      throw new Error('the webhook does not answer');
    };
    const { handle, result, reaches } = await start();
    await reaches('prove');
    const { steps } = await handle.query(maintenanceStatus);
    expect(steps.at(-1)?.detail).toBe('it could not be begun in time: the webhook does not answer');
    // The answer to the try that was not in vain was lost.
    world.nodes.set('lin-1', { ...(node(world) ?? facts()), bootId: 'boot-2' });
    expect(await result()).toMatchObject({ outcome: 'done' });
    await replay(harness, handle);
  });
});

test.each([
  ['give-back', 'given-back', false],
  ['leave-cordoned', 'left-cordoned', true],
] as const)('M38: a held node is resolved by hand: %s', async (resolution, outcome, unschedulable) => {
  await withMaintainer(harness, async ({ world, start }) => {
    neverReturns(world);
    const { handle, result, reaches } = await start();
    await expect(handle.executeUpdate(resolveNode, { args: [{ ...WHO, resolution }] })).rejects.toThrow();
    await reaches('hold');
    await handle.executeUpdate(resolveNode, { args: [{ ...WHO, resolution }] });
    expect(await result()).toMatchObject({ outcome });
    expect(node(world)).toMatchObject({ unschedulable, mark: null });
  });
});

test('M38: a held node is acted upon again, under another key', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    neverReturns(world);
    const { handle, result, reaches } = await start();
    await reaches('hold');
    delete world.scripted.startAct;
    world.nodes.set('lin-1', { ...(node(world) ?? facts()), ready: true });
    await handle.executeUpdate(resolveNode, { args: [{ ...WHO, resolution: 'retry' }] });
    expect(await result()).toMatchObject({ outcome: 'done' });
    expect(new Set(world.acts.keys()).size).toBe(2);
  });
});

test('news of the node has the guard asked again at once', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.scripted.askSlot = async () => undefined;
    const { handle, result, reaches } = await start();
    await reaches('slot');
    await waitUntil(async () => callsOf(world).endsWith('askSlot'), { what: 'the first question', ...UNTIL });
    delete world.scripted.askSlot;
    await handle.signal(nodeNews);
    expect((await result()).outcome).toBe('done');
  });
});

test.each<[string, Partial<MaintenanceMark>, string, string]>([
  ['before its act is undone', {}, 'given-back', 'observeNode giveBackNode returnSlot'],
  ['in its act is proven', { phase: 'acting', actingMs: 1 }, 'done', 'observeNode watchNode giveBackNode returnSlot'],
])('M21: a node that was left %s, by a workflow that acts on nothing', async (_name, left, outcome, calls) => {
  await withMaintainer(harness, async ({ world, start }) => {
    world.nodes.set('lin-1', facts({ mark: mark(left), unschedulable: true, bootId: 'boot-9' }));
    const { result } = await start({ executor: null });
    expect(await result()).toMatchObject({ outcome });
    expect(callsOf(world)).toBe(calls);
    expect(node(world)).toMatchObject({ unschedulable: false, mark: null });
  });
});

test('M55: a wrong input fails the workflow with the key, before anything is asked', async () => {
  await withMaintainer(harness, async ({ world, start }) => {
    const { handle } = await start({ run: 'By Hand' });
    await expect(handle.result()).rejects.toMatchObject({ cause: { message: expect.stringContaining('input.run') } });
    expect(world.calls).toEqual([]);
  });
});
