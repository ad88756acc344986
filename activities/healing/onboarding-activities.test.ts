/** How a heal of a profile begins, and that each step looks up its profile (E40, E44). */

import { expect, test } from '@jest/globals';
import type { BeginOnboardingInput, BeginOnboardingResult } from '../../contracts/healing/onboarding-activities.ts';
import { foundPod, NODE, type ProbingWorld, probingWorld, quietEnvironment } from '../../tests/fixtures/probing.ts';
import { createOnboardingActivities } from './onboarding-activities.ts';

const INPUT = { node: NODE.name, resetAnnotation: false, event: 'healing starts', profile: 'snat' };

async function begin(world: ProbingWorld, change: Partial<BeginOnboardingInput> = {}): Promise<BeginOnboardingResult> {
  const { beginOnboarding } = createOnboardingActivities([world.deps]);
  const environment = quietEnvironment();
  return environment.run<[], BeginOnboardingResult, () => Promise<BeginOnboardingResult>>(() =>
    beginOnboarding({ ...INPUT, ...change }),
  );
}

test('E40: a heal begins without a pod: what earlier ones left is removed, then the Event is written', async () => {
  const world = probingWorld();
  world.listed.push(foundPod({ uid: 'left-over' }), foundPod({ uid: 'held', heldBy: ['example.com/keep'] }));
  expect(await begin(world)).toEqual({ node: { kind: 'present', facts: NODE } });
  expect(world.calls).toEqual(['list', 'delete left-over', 'event']);
});

test('E40: where the node is gone its pods are removed, and no Event is written', async () => {
  const world = probingWorld();
  world.node = { kind: 'gone' };
  world.listed.push(foundPod({ uid: 'left-over' }));
  expect(await begin(world)).toEqual({ node: { kind: 'gone' } });
  expect(world.calls).toEqual(['observe', 'list', 'delete left-over']);
});

test('H13: a restart sets the annotation to false first', async () => {
  const base = probingWorld();
  const world = probingWorld({
    nodes: {
      ...base.deps.nodes,
      async unmark() {
        world.calls.push('unmark');
        return { kind: 'annotated', facts: NODE };
      },
    },
  });
  await begin(world, { resetAnnotation: true, event: null });
  expect(world.calls).toEqual(['unmark', 'list']);
});

test('E26: a watch that begins again since the machine was started again reports it, and shows it before the heal', async () => {
  const shown: string[] = [];
  const base = probingWorld();
  const world = probingWorld({
    nodes: {
      ...base.deps.nodes,
      observe: async () => ({ kind: 'present', facts: { ...NODE, mark: 'other-boot' } }),
      async unmark() {
        shown.push('unmark');
        return { kind: 'annotated', facts: NODE };
      },
    },
    events: { record: async ({ reason }) => void shown.push(reason) },
    condition: {
      type: 'SnatHealed',
      knownReason: () => 'Healed',
      conditions: {
        async update(_node, _type, next) {
          shown.push(next(shown.includes('Rebooted') ? 'Rebooted' : 'Healed')?.reason ?? 'unchanged');
          return 'written';
        },
      },
    },
  });
  await begin(world, { resetAnnotation: true });
  expect(shown).toEqual(['ForeignMark', 'unmark', 'Rebooted', 'unchanged', 'HealingStarted']);
});

test('E44: no step of a profile that the file does not have is taken', async () => {
  const world = probingWorld();
  const steps = createOnboardingActivities([world.deps]);
  const unknown = { profile: 'gpu' } as never;
  for (const step of Object.values(steps)) {
    const environment = quietEnvironment();
    await expect(environment.run(() => step(unknown))).rejects.toMatchObject({
      type: 'ProfileUnknown',
      message: 'the configuration of this worker has no profile gpu',
      nextRetryDelay: 30_000,
    });
  }
  expect(world.calls).toEqual([]);
});

test('E22: a node that is marked for this machine is only watched where that is enough, without an Event', async () => {
  const marked = { kind: 'present', facts: { ...NODE, healed: true, mark: 'proven' } } as const;
  for (const [isWatchEnough, node, calls] of [
    [true, marked, ['observe', 'list']],
    [false, marked, ['observe', 'list', 'event']],
    [true, { kind: 'present', facts: { ...marked.facts, mark: 'no-proof' } }, ['observe', 'list', 'event']],
  ] as const) {
    const world = probingWorld();
    world.node = node;
    expect(await begin(world, isWatchEnough ? { isWatchEnough } : {})).toEqual({ node });
    expect(world.calls).toEqual(calls);
  }
});

test('E22: a marked node is probed by a watch, and only while it is marked, Ready and not switched off', async () => {
  const marked = { ...NODE, healed: true, mark: 'proven' } as const;
  for (const [change, outcome] of [
    [{}, 'judged'],
    [{ healed: false }, 'skipped'],
    [{ ready: false }, 'skipped'],
    [{ disabled: true }, 'skipped'],
    [{ windows: false }, 'skipped'],
  ] as const) {
    const world = probingWorld();
    world.node = { kind: 'present', facts: { ...marked, ...change } };
    const found = await world.probe({ isWatch: true });
    expect([change, found.outcome.kind]).toEqual([change, outcome]);
    expect(world.attempts.map(({ isWatch }) => isWatch)).toEqual([true]);
  }
  const world = probingWorld();
  world.node = { kind: 'present', facts: marked };
  expect((await world.probe()).outcome.kind).toBe('skipped');
});
