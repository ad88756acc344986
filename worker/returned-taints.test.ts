/** Startup taints that come back to marked nodes (E30). */

import { expect, test } from '@jest/globals';
import type { NodeFacts } from '../domain/node/facts.ts';
import { ClusterError } from '../kubernetes/client/cluster-error.ts';
import type { NodeEvent } from '../kubernetes/nodes/events.ts';
import type { RemoveAgainResult } from '../kubernetes/nodes/startup-taints.ts';
import { windowsNode } from '../tests/fixtures/nodes.ts';
import { returnedTaints } from './returned-taints.ts';

const HOUR_MS = 3_600_000;

function scene(removeAgain: () => RemoveAgainResult) {
  const asked: string[] = [];
  const counted: string[] = [];
  const events: NodeEvent[] = [];
  const problems: string[] = [];
  const world = { nodes: [returned()], nowMs: 0, asked, counted, events, problems };
  const turn = returnedTaints({
    taints: {
      key: 'example.com/new',
      async removeAgain({ name }) {
        asked.push(name);
        return removeAgain();
      },
    },
    events: { record: async (event) => void events.push(event) },
    list: () => world.nodes,
    onTaintRemoved: (reason) => counted.push(`removed ${reason}`),
    onTaintKept: (reason) => counted.push(`kept ${reason}`),
    onProblem: (message) => problems.push(message),
    now: () => world.nowMs,
  });
  return Object.assign(world, { turn });
}

function returned(change: Partial<NodeFacts> = {}): NodeFacts {
  return windowsNode('win-1', { healed: true, mark: 'proven', tainted: true, ...change });
}

test('E30: a taint that came back to a node with a proven mark is removed again, with an Event', async () => {
  const { turn, asked, counted, events } = scene(() => ({ kind: 'removed', returns: 2 }));
  await turn();
  expect([asked, counted]).toEqual([['win-1'], ['removed again']]);
  expect(events).toMatchObject([{ reason: 'StartupTaintRemoved', type: 'Normal' }]);
  expect(events[0]?.message).toContain('(2 of 3)');
});

test.each<[string, Partial<NodeFacts>]>([
  ['without the taint', { tainted: false }],
  ['that is not marked', { healed: false, mark: 'withdrawn' }],
  ['that another boot was marked for', { mark: 'other-boot' }],
  ['that was marked by hand', { mark: 'no-proof' }],
  ['that is switched off', { disabled: true }],
])('E30: a node %s is not asked for', async (_, change) => {
  const world = scene(() => ({ kind: 'removed', returns: 1 }));
  world.nodes = [returned(change)];
  await world.turn();
  expect(world.asked).toEqual([]);
});

test.each<[RemoveAgainResult, string, string]>([
  [{ kind: 'exhausted' }, 'kept returned', 'more than 3 times'],
  [{ kind: 'refused', message: 'denied by a webhook' }, 'kept refused', 'denied by a webhook'],
])('E30: after %j the taint is left for an hour, and that is reported once', async (result, count, text) => {
  const world = scene(() => result);
  await world.turn();
  await world.turn();
  expect([world.asked.length, world.counted]).toEqual([1, [count]]);
  expect(world.events).toMatchObject([{ reason: 'StartupTaintKept', type: 'Warning' }]);
  expect(world.events[0]?.message).toContain(text);
  world.nowMs = HOUR_MS;
  await world.turn();
  expect(world.asked).toHaveLength(2);
});

test('E30: a taint that was gone in between is looked at again when it is back', async () => {
  const world = scene(() => ({ kind: 'exhausted' }));
  await world.turn();
  world.nodes = [];
  await world.turn();
  world.nodes = [returned()];
  await world.turn();
  expect(world.asked).toHaveLength(2);
});

test('E30: an API server that is away stops no turn', async () => {
  const world = scene(() => {
    throw new ClusterError({ kind: 'unreachable', message: 'connect ECONNREFUSED' });
  });
  world.nodes = [returned(), windowsNode('win-2', { healed: true, mark: 'proven', tainted: true })];
  await world.turn();
  expect(world.asked).toEqual(['win-1', 'win-2']);
  expect(world.problems).toHaveLength(2);
});
