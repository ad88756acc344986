/** The starter's knowledge of nodes and heals, with Temporal and the cluster played by the test. */

import { expect, test } from '@jest/globals';
import type { OpenHeal } from '../../domain/healing/node-decision.ts';
import { type NodeFacts, type NodeObservation, nodeFingerprint } from '../../domain/node/facts.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { createLog } from '../../runtime/log.ts';
import { nodeName, windowsNode } from '../../tests/fixtures/nodes.ts';
import { createForeignMarkStarts } from './foreign-mark-starts.ts';
import { type HealCare, NO_CARE } from './heal-care.ts';
import { NodeKeeper } from './node-keeper.ts';

function world(care: Partial<HealCare> = {}) {
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
    care: { ...NO_CARE, ...care },
    foreignMarkStarts: createForeignMarkStarts({ pauseMs: 1_000, nowMs: () => clock.nowMs }),
    async startHeal(node) {
      answer(`start ${node}`);
      openHeals.set(node, { state: 'healing' });
    },
    heals: {
      async signalNodeChanged(node, observation) {
        const hint = observation.kind === 'present' && care.sendsHints ? observation.facts.hint : undefined;
        const known = nodeFingerprint(observation).replace(/@\d+/, '');
        answer(`signal ${node} ${known}${hint === undefined ? '' : ` hint ${hint}`}`);
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

test('E21: a changed hint is signalled once, to a heal that takes one', async () => {
  const { set, event, reconcile, takeCalls } = world({ sendsHints: true });
  set(windowsNode('win-1', { hint: '1' }));
  await reconcile();
  await event('win-1');
  set(windowsNode('win-1', { hint: '2' }));
  await event('win-1');
  await event('win-1');
  expect(takeCalls()).toEqual(['list', 'start win-1', 'signal win-1 uid-of-win-1 ready windows hint 2']);
});

test('E21: the first hint that changes after a restart of the starter is signalled, too', async () => {
  const { set, openHeals, event, reconcile, takeCalls } = world({ sendsHints: true });
  set(windowsNode('win-1', { hint: '1' }));
  openHeals.set(nodeName('win-1'), { state: 'healing', takesHints: true });
  await reconcile();
  set(windowsNode('win-1', { hint: '2' }));
  await event('win-1');
  expect(takeCalls()).toEqual(['list', 'signal win-1 uid-of-win-1 ready windows hint 2']);
});

test.each<[string, boolean, boolean]>([
  ['to a heal that takes none', true, false],
  ['where the heals of the present plan take none', false, true],
])('E21: no hint is signalled %s', async (_title, sendsHints, takesHints) => {
  const { set, openHeals, event, reconcile, takeCalls } = world({ sendsHints });
  set(windowsNode('win-1', { hint: '1' }));
  openHeals.set(nodeName('win-1'), { state: 'healing', takesHints });
  await reconcile();
  set(windowsNode('win-1', { hint: '2' }));
  await event('win-1');
  expect(takeCalls()).toEqual(['list']);
});

test('E22: a watch that is missing is begun for a proven mark, where nodes are watched without end', async () => {
  const marked = { healed: true, mark: 'proven' } as const;
  const nodes = [
    windowsNode('win-1', marked),
    windowsNode('win-2', { ...marked, mark: 'no-proof' }),
    windowsNode('win-3', { ...marked, ready: false }),
    windowsNode('win-4', { ...marked, disabled: true }),
    windowsNode('win-5', { ...marked, windows: false }),
  ];
  for (const [watchesAlways, expected] of [
    [true, ['list', 'start win-1', 'list']],
    [false, ['list', 'list']],
  ] as const) {
    const { set, reconcile, takeCalls } = world({ watchesAlways });
    for (const node of nodes) set(node);
    await reconcile();
    await reconcile();
    expect(takeCalls()).toEqual(expected);
  }
});

test('E22: a restarted starter signals nothing to a heal that watches its node, until the mark goes', async () => {
  const { set, openHeals, event, reconcile, takeCalls } = world();
  const marked = { healed: true, mark: 'proven' } as const;
  set(windowsNode('win-1', marked));
  openHeals.set(nodeName('win-1'), { state: 'watching' });
  await reconcile();
  set(windowsNode('win-1'));
  await event('win-1');
  expect(takeCalls()).toEqual(['list', 'signal win-1 uid-of-win-1 ready windows']);
});
