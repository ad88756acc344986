/** The removal of stray pods, with heals and cluster played by the test. */

import { expect, test } from '@jest/globals';

import type { NodeName } from '../../domain/node/identity.ts';
import { createLog } from '../../runtime/log.ts';
import type { HealAnswer } from '../../temporal/healing/heals.ts';
import type { SweptPod } from './pod-decision.ts';
import { sweepPods } from './pod-sweep.ts';

function podOf(nodeName: string): SweptPod {
  return { name: `healer-${nodeName}`, uid: nodeName, nodeName, nodeUid: 'n', attempt: 1, createdMs: 0, heldBy: [] };
}

async function sweep(
  pods: readonly SweptPod[],
  ask: (node: NodeName) => Promise<HealAnswer>,
  {
    signal = new AbortController().signal,
    unansweredPods = new Set(),
  }: { signal?: AbortSignal; unansweredPods?: ReadonlySet<string> } = {},
): Promise<string[]> {
  const removed: string[] = [];
  await sweepPods(
    {
      pods: {
        listAll: async () => pods.map((pod) => ({ ...pod, run: 'run-1' })),
        async delete(pod) {
          removed.push(pod.uid);
          return { kind: 'deleted', pod: null };
        },
      },
      heals: { ask },
      intervalMs: 1_000,
      nowMs: () => Date.now(),
      log: createLog({ level: 'silent', process: 'test', cluster: 'test' }),
      onRemoved: () => {},
      onHeld: () => {},
    },
    { nodesWithHeal: new Set(), unansweredPods, heldPods: new Set(), signal },
  );
  return removed;
}

test('H15: a pod whose heal is closed is removed; one whose heal cannot be asked is kept for the next time', async () => {
  const removed = await sweep([podOf('closed'), podOf('no-answer'), podOf('closed-too')], async (node) => {
    if (node === 'no-answer') throw new Error('no worker answers');
    return { kind: 'closed' };
  });
  expect(removed).toEqual(['closed', 'closed-too']);
});

test('H15: a pod that names no node is removed, and no heal is asked for it', async () => {
  const removed = await sweep([{ ...podOf('win-1'), nodeName: '' }], async () => {
    throw new Error('no heal to ask');
  });
  expect(removed).toEqual(['win-1']);
});

const MANY = ['a', 'b', 'c', 'd', 'e', 'f'];

test('H2, H15: while no worker answers, the sweep stops after three pods and takes the others next time', async () => {
  const asked: string[] = [];
  const noAnswer = async (node: NodeName) => {
    asked.push(node);
    throw new Error('no worker answers');
  };
  await sweep(MANY.map(podOf), noAnswer);
  expect(asked).toEqual(['a', 'b', 'c']);
  // Should it be their heals alone that do not answer, the others have their turn.
  await sweep(MANY.map(podOf), noAnswer, { unansweredPods: new Set(asked) });
  expect(asked).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('H15: the sweep goes on while some heals answer', async () => {
  const removed = await sweep(MANY.map(podOf), async (node) => {
    if (node !== 'c' && node !== 'f') throw new Error('no worker answers');
    return { kind: 'closed' };
  });
  expect(removed).toEqual(['c', 'f']);
});

test('H15: a starter that is stopped asks for no more pods', async () => {
  const ending = new AbortController();
  const removed = await sweep(
    MANY.map(podOf),
    async (node) => {
      if (node === 'b') ending.abort();
      return { kind: 'closed' };
    },
    { signal: ending.signal },
  );
  expect(removed).toEqual(['a', 'b']);
});

test('H15: a pod that a finalizer holds is counted and logged, and neither deleted nor counted as removed again', async () => {
  const logged: unknown[] = [];
  const counts = { held: [] as number[], removed: 0, deleted: 0 };
  const log = createLog({ level: 'silent', process: 'test', cluster: 'test' });
  const heldPods = new Set<string>();
  let pods: SweptPod[] = [{ ...podOf('held'), heldBy: [] }];
  const deps = {
    pods: {
      listAll: async () => pods.map((pod) => ({ ...pod, run: 'run-1' })),
      async delete() {
        counts.deleted += 1;
        pods = pods.map((pod) => ({ ...pod, heldBy: ['example.com/keep'] }));
        return { kind: 'held' as const, pod: {}, finalizers: ['example.com/keep'] };
      },
    },
    heals: { ask: async () => ({ kind: 'closed' as const }) },
    intervalMs: 1_000,
    log: Object.assign(Object.create(log) as typeof log, { warn: (...line: unknown[]) => logged.push(line) }),
    onRemoved: () => {
      counts.removed += 1;
    },
    nowMs: () => Date.now(),
    onHeld: (count: number) => counts.held.push(count),
  };
  const round = { nodesWithHeal: new Set<string>(), unansweredPods: new Set<string>(), heldPods };
  for (let sweeps = 0; sweeps < 4; sweeps += 1) {
    await sweepPods(deps, { ...round, signal: new AbortController().signal });
  }
  expect(counts).toEqual({ held: [0, 1, 1, 1], removed: 0, deleted: 1 });
  expect(logged).toHaveLength(1);
  pods = [];
  await sweepPods(deps, { ...round, signal: new AbortController().signal });
  expect([counts.held.at(-1), heldPods.size]).toEqual([0, 0]);
});
