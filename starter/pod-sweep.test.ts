/** The removal of stray pods, with heals and cluster played by the test. */

import { expect, test } from '@jest/globals';

import type { NodeName } from '../domain/node-identity.ts';
import { createLog } from '../runtime/log.ts';
import type { HealAnswer } from './heals.ts';
import type { SweptPod } from './pod-decision.ts';
import { sweepPods } from './pod-sweep.ts';

function podOf(nodeName: string): SweptPod {
  return { name: `healer-${nodeName}`, uid: nodeName, nodeName, nodeUid: 'n', attempt: 1, createdMs: 0 };
}

async function sweep(pods: readonly SweptPod[], ask: (node: NodeName) => Promise<HealAnswer>): Promise<string[]> {
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
      log: createLog({ level: 'silent', process: 'test', cluster: 'test' }),
      onRemoved: () => {},
    },
    new Set(),
  );
  return removed;
}

test('H15: a pod whose heal is closed is removed; one whose heal cannot be asked is kept for the next time', async () => {
  const removed = await sweep([podOf('closed'), podOf('silent'), podOf('closed-too')], async (node) => {
    if (node === 'silent') throw new Error('no worker answers');
    return { kind: 'closed' };
  });
  expect(removed.toSorted()).toEqual(['closed', 'closed-too']);
});

test('H15: where no heal answers, three are asked and the others wait for the next time', async () => {
  let asked = 0;
  const removed = await sweep(
    Array.from({ length: 10 }, (_, index) => podOf(`win-${index}`)),
    async () => {
      asked += 1;
      throw new Error('no worker answers');
    },
  );
  expect({ asked, removed }).toEqual({ asked: 3, removed: [] });
});

test('H15: heals that never answer do not stand before the others for ever', async () => {
  const silent = ['silent-1', 'silent-2', 'silent-3', 'silent-4'];
  const pods = [...silent, 'closed'].map(podOf);
  const removed = new Set<string>();
  for (let sweeps = 0; sweeps < 200 && removed.size === 0; sweeps++) {
    const gone = await sweep(pods, async (node) => {
      if (silent.includes(node)) throw new Error('no answer');
      return { kind: 'closed' };
    });
    for (const uid of gone) removed.add(uid);
  }
  expect([...removed]).toEqual(['closed']);
});

test('H15: a pod that names no node belongs to nobody', async () => {
  const removed = await sweep([{ ...podOf('win-1'), nodeName: '' }], async () => {
    throw new Error('nobody to ask');
  });
  expect(removed).toEqual(['win-1']);
});
