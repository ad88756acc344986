/** The starter's knowledge of nodes and heals, with Temporal and the cluster played by the test. */

import { expect, test } from '@jest/globals';
import type { OpenHeal } from '../../domain/healing/node-decision.ts';
import { type NodeFacts, type NodeObservation, nodeFingerprint } from '../../domain/node/facts.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { createLog } from '../../runtime/log.ts';
import { nodeName, windowsNode } from '../../tests/fixtures/nodes.ts';
import { createForeignMarkStarts } from './foreign-mark-starts.ts';
import { NodeKeeper } from './node-keeper.ts';

function world() {
  const nodes = new Map<NodeName, NodeFacts>();
  const openHeals = new Map<NodeName, OpenHeal>();
  const calls: string[] = [];
  const play = { temporalDown: false, watchFailures: 0 };
  const answer = (call: string) => {
    if (play.temporalDown) throw new Error('connection refused');
    calls.push(call);
  };
  const clock = { nowMs: 0 };
  const keeper = new NodeKeeper({
    foreignMarkStarts: createForeignMarkStarts({ pauseMs: 1_000, nowMs: () => clock.nowMs }),
    async startHeal(node) {
      answer(`start ${node}`);
      openHeals.set(node, { state: 'healing' });
    },
    heals: {
      async signalNodeChanged(node, observation) {
        answer(`signal ${node} ${nodeFingerprint(observation).replace(/@\d+/, '')}`);
        return openHeals.has(node);
      },
      async listOpen() {
        answer('list');
        return new Map(openHeals);
      },
    },
    informer: {
      get: (name) => nodes.get(name),
      list: () => [...nodes.values()],
      health: () => ({ failuresInARow: play.watchFailures }),
    },
    async observe(name): Promise<NodeObservation> {
      calls.push(`observe ${name}`);
      return { kind: 'gone' };
    },
    metrics: { countRequest: () => {} },
    log: createLog({ level: 'silent', process: 'test', cluster: 'test' }),
    startsPerSecond: 1_000,
    startsAtOnceMax: 10,
  });
  return {
    keeper,
    clock,
    openHeals,
    play,
    set: (facts: NodeFacts) => nodes.set(facts.name, facts),
    remove: (name: string) => nodes.delete(nodeName(name)),
    async event(name: string) {
      const facts = nodes.get(nodeName(name));
      const observation: NodeObservation = facts === undefined ? { kind: 'gone' } : { kind: 'present', facts };
      keeper.nodeChanged({ name: nodeName(name), observation });
      await keeper.idle();
    },
    async reconcile() {
      await keeper.reconcile();
      await keeper.idle();
    },
    takeCalls: () => calls.splice(0),
  };
}

test('H2: an event before the first comparison does nothing, the comparison starts the heal', async () => {
  const { keeper, set, event, reconcile, takeCalls } = world();
  set(windowsNode('win-1'));
  await event('win-1');
  expect(takeCalls()).toEqual([]);
  await reconcile();
  expect(takeCalls()).toEqual(['list', 'start win-1']);
  await keeper.stop();
});

test('H2: the next comparison starts a heal whose event was missed, and the one after it does nothing', async () => {
  const { set, reconcile, takeCalls } = world();
  await reconcile();
  set(windowsNode('win-1'));
  set(windowsNode('win-2', { ready: false }));
  set(windowsNode('win-3', { healed: true }));
  await reconcile();
  await reconcile();
  expect(takeCalls()).toEqual(['list', 'list', 'start win-1', 'list']);
});

test('H2: a heal is sent each change once, and nothing when events repeat', async () => {
  const { set, event, reconcile, takeCalls } = world();
  set(windowsNode('win-1'));
  await reconcile();
  await event('win-1');
  set(windowsNode('win-1', { ready: false }));
  await event('win-1');
  await event('win-1');
  await reconcile();
  expect(takeCalls()).toEqual(['list', 'start win-1', 'signal win-1 uid-of-win-1 not-ready windows', 'list']);
});

test('H2: a restarted starter signals only the heals that wait for a change of their node', async () => {
  const { set, openHeals, reconcile, takeCalls } = world();
  for (const name of ['win-1', 'win-2']) set(windowsNode(name));
  openHeals.set(nodeName('win-1'), { state: 'healing' });
  openHeals.set(nodeName('win-2'), { state: 'waiting-for-ready' });
  await reconcile();
  await reconcile();
  expect(takeCalls()).toEqual(['list', 'signal win-2 uid-of-win-2 ready windows', 'list']);
});

test('H9: a heal whose node went while the starter was away is signalled after the API server was asked', async () => {
  const { openHeals, reconcile, takeCalls } = world();
  openHeals.set(nodeName('win-1'), { state: 'healing' });
  await reconcile();
  await reconcile();
  expect(takeCalls()).toEqual(['list', 'observe win-1', 'signal win-1 gone', 'list']);
});

test('H10: a healed node whose annotation goes away gets a new heal, also before the old one left the list', async () => {
  const { set, openHeals, event, reconcile, takeCalls } = world();
  set(windowsNode('win-1'));
  await reconcile();
  set(windowsNode('win-1', { healed: true }));
  await event('win-1');
  openHeals.delete(nodeName('win-1'));
  set(windowsNode('win-1'));
  await event('win-1');
  expect(takeCalls()).toEqual([
    'list',
    'start win-1',
    'signal win-1 uid-of-win-1 ready healed windows',
    'signal win-1 uid-of-win-1 ready windows',
    'start win-1',
  ]);
});

test('H15: what failed while Temporal was away is done by the first comparison that works', async () => {
  const { keeper, set, play, event, reconcile, takeCalls } = world();
  set(windowsNode('win-1'));
  await reconcile();
  takeCalls();
  play.temporalDown = true;
  set(windowsNode('win-1', { ready: false }));
  set(windowsNode('win-2'));
  await event('win-1');
  await event('win-2');
  expect(keeper.takeFailures()).toBe(2);
  await expect(keeper.reconcile()).rejects.toThrow('connection refused');
  play.temporalDown = false;
  await reconcile();
  expect(takeCalls()).toEqual(['list', 'signal win-1 uid-of-win-1 not-ready windows', 'start win-2']);
  expect(keeper.takeFailures()).toBe(0);
});

test('H14: starts no heal on what is known of a node from before an outage', async () => {
  const { keeper, play, set, reconcile, takeCalls } = world();
  set(windowsNode('win-1'));
  play.watchFailures = 1;
  await reconcile();
  expect(takeCalls()).toEqual(['list']);
  expect(keeper.takeFailures()).toBe(1);
  play.watchFailures = 0;
  await reconcile();
  expect(takeCalls()).toEqual(['list', 'start win-1']);
});

test('H10: a foreign mark starts a heal once; where the heal does not take it back, the next one comes after a pause', async () => {
  const { set, clock, openHeals, reconcile, takeCalls } = world();
  set(windowsNode('win-1', { mark: 'no-proof' }));
  await reconcile();
  openHeals.delete(nodeName('win-1'));
  await reconcile();
  clock.nowMs = 999;
  await reconcile();
  expect(takeCalls()).toEqual(['list', 'start win-1', 'list', 'list']);
  clock.nowMs = 1_000;
  await reconcile();
  expect(takeCalls()).toEqual(['list', 'start win-1']);
});

test('H9: a node that left is not asked for again: the informer has asked', async () => {
  const { set, remove, event, reconcile, takeCalls } = world();
  set(windowsNode('win-1'));
  await reconcile();
  takeCalls();
  remove('win-1');
  await event('win-1');
  expect(takeCalls()).toEqual(['signal win-1 gone']);
});
