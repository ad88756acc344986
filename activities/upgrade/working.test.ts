/** What an upgrade sees of its nodes in work: who is held, and what is waited for where nothing moves. */

import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { WatchWorkResult } from '../../contracts/upgrade/cluster-activities.ts';
import type { Slot, WaitReason } from '../../domain/maintenance/slots.ts';
import { nodeName, nodeRef } from '../../tests/fixtures/nodes.ts';
import type { UpgradeActivityDeps } from './deps.ts';
import { watchWork } from './working.ts';

const SLOT: Omit<Slot, 'node'> = {
  workflow: '',
  group: 'workers',
  purpose: 'upgrade',
  zone: null,
  controlPlane: false,
  sinceMs: 0,
  held: false,
};
const USED_UP: WaitReason = { kind: 'group-budget', detail: 'the budget of workers is used up' };
const QUORUM: WaitReason = { kind: 'control-plane', detail: 'etcd has 2 of 3 members' };
const NAMES = ['w-1', 'w-2'].map(nodeName);

interface Seen {
  readonly slots?: readonly Slot[];
  readonly waiting?: readonly {
    readonly node: string;
    readonly stage?: 'take' | 'act';
    readonly reasons: readonly WaitReason[];
  }[];
}

/** `before`: what was waited for at the last look. */
async function lookAt(
  { slots = [], waiting = [] }: Seen,
  { before = null, reasonAfterMs = 60_000 }: { readonly before?: string | null; readonly reasonAfterMs?: number } = {},
): Promise<WatchWorkResult & { readonly looks: number }> {
  let looks = 0;
  const asked = waiting.map(({ node, stage = 'take', reasons }) => {
    return { node: nodeName(node), purpose: 'upgrade', stage, sinceMs: 0, reasons } as const;
  });
  const status = {
    slots,
    waiting: asked,
    breaker: { failuresInARow: 0, failures: null, unavailable: null },
    pause: null,
  };
  const deps = {
    guard: {
      async status() {
        looks += 1;
        return status;
      },
    },
    maintenances: { status: async () => ({ isHeld: true, waitsFor: ['the node is not Ready'] }) },
    watchEveryMs: 1,
  } as unknown as UpgradeActivityDeps;
  const input = { nodes: NAMES, held: [], isBreakerOpen: false, stalled: before, forMs: 20, reasonAfterMs };
  const result: WatchWorkResult = await new MockActivityEnvironment().run(() => watchWork(deps, input));
  return { ...result, looks };
}

const slotOf = (name: string, held = false): Slot => ({ ...SLOT, node: nodeRef(name), held });

test.each<[string, Seen, string | null]>([
  ['nobody asks', {}, null],
  ['one has a slot', { slots: [slotOf('w-1')], waiting: [{ node: 'w-2', reasons: [USED_UP] }] }, null],
  ['the guard has not answered', { waiting: [{ node: 'w-2', reasons: [] }] }, null],
  ['only others wait', { waiting: [{ node: 'n-9', reasons: [USED_UP] }] }, null],
  [
    'none has a slot',
    { waiting: [{ node: 'w-2', reasons: [USED_UP] }] },
    'w-2 waits for its slot: the budget of workers is used up',
  ],
  [
    'others have the slots',
    { slots: [slotOf('n-9')], waiting: [{ node: 'w-2', reasons: [USED_UP] }] },
    'w-2 waits for its slot: the budget of workers is used up',
  ],
  [
    'who has a slot must not act',
    {
      slots: [slotOf('w-1')],
      waiting: [
        { node: 'w-2', reasons: [USED_UP] },
        { node: 'w-1', stage: 'act', reasons: [QUORUM] },
      ],
    },
    'w-1 waits for its act: etcd has 2 of 3 members',
  ],
  [
    'another one moves',
    { slots: [slotOf('w-1'), slotOf('w-2')], waiting: [{ node: 'w-1', stage: 'act', reasons: [QUORUM] }] },
    null,
  ],
])('M30: what is waited for where nothing moves: %s', async (_name, seen, stalled) => {
  // Whatever was so before: it comes back at once where it is so no more, and at the end of its time otherwise.
  expect(await lookAt(seen)).toMatchObject({ held: [], stalled });
  expect(await lookAt(seen, { before: 'for something else' })).toMatchObject({ held: [], stalled });
});

test('M30: another reason is told, but not sooner than its time', async () => {
  const seen = { waiting: [{ node: 'w-2', reasons: [USED_UP] }] };
  const stalled = 'w-2 waits for its slot: the budget of workers is used up';
  const early = await lookAt(seen, { before: 'w-2 waits for its slot: paused' });
  expect(early).toMatchObject({ stalled });
  expect(early.looks).toBeGreaterThan(1);
  const due = { before: 'w-2 waits for its slot: paused', reasonAfterMs: 0 };
  expect(await lookAt(seen, due)).toMatchObject({ stalled, looks: 1 });
  expect((await lookAt(seen, { ...due, before: stalled })).looks).toBeGreaterThan(1);
});

test('M19: a slot that is held is no progress', async () => {
  const seen = { slots: [slotOf('w-1', true)], waiting: [{ node: 'w-2', reasons: [USED_UP] }] };
  expect(await lookAt(seen)).toMatchObject({
    held: [{ node: 'w-1', detail: 'the node is not Ready' }],
    stalled: 'w-2 waits for its slot: the budget of workers is used up',
  });
});
