/** How a heal of a profile begins, and that each step looks up its profile (E40, E44). */

import { expect, test } from '@jest/globals';
import type { BeginOnboardingInput, BeginOnboardingResult } from '../../contracts/healing/onboarding-activities.ts';
import { foundPod, NODE, type ProbingWorld, probingWorld, quietEnvironment } from '../../tests/fixtures/probing.ts';
import { createOnboardingActivities } from './onboarding-activities.ts';

const INPUT = { node: NODE.name, resetAnnotation: false, event: 'healing starts', profile: 'snat' };

async function begin(world: ProbingWorld, change: Partial<BeginOnboardingInput> = {}): Promise<BeginOnboardingResult> {
  const { beginOnboarding } = createOnboardingActivities([world.deps]);
  const environment = quietEnvironment();
  return environment.run(() => beginOnboarding({ ...INPUT, ...change })) as Promise<BeginOnboardingResult>;
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
