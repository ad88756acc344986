/** What is done, and told of, when the time of a startup taint is over (E29). */

import { expect, test } from '@jest/globals';
import type { CapTaintResult } from '../../contracts/healing/onboarding-activities.ts';
import type { TaintTimeout } from '../../domain/healing/startup-taint.ts';
import type { NodeEvent } from '../../kubernetes/nodes/events.ts';
import type { RemoveTaintResult } from '../../kubernetes/nodes/startup-taints.ts';
import { NODE, probingWorld, quietEnvironment } from '../../tests/fixtures/probing.ts';
import { createOnboardingActivities } from './onboarding-activities.ts';

const KEY = 'startup-taint.cluster-autoscaler.kubernetes.io/vigilante-snat';
const node = { name: NODE.name, uid: NODE.uid };

function scene(cluster: { readonly isThere: boolean; readonly removal?: RemoveTaintResult }) {
  const events: NodeEvent[] = [];
  const counted: string[] = [];
  const conditions: (string | undefined)[] = [];
  const { deps } = probingWorld({
    events: { record: async (event) => void events.push(event) },
    taints: {
      key: KEY,
      isThere: async () => cluster.isThere,
      remove: async () => cluster.removal ?? { kind: 'removed' },
      removeAgain: async () => ({ kind: 'none' }),
    },
    condition: {
      type: 'SnatHealed',
      knownReason: () => undefined,
      conditions: {
        async update(_node, _type, next) {
          conditions.push(next('Snated')?.reason);
          return 'written';
        },
      },
    },
    onTaintRemoved: (reason) => counted.push(`removed ${reason}`),
    onTaintKept: (reason) => counted.push(`kept ${reason}`),
  });
  const cap = async (onTimeout: TaintTimeout): Promise<CapTaintResult> => {
    const { capTaint } = createOnboardingActivities([deps]);
    return quietEnvironment().run<[], CapTaintResult, () => Promise<CapTaintResult>>(() =>
      capTaint({ node, capMs: 480_000, onTimeout, profile: 'snat' }),
    );
  };
  return { cap, events, counted, conditions };
}

test('E29: the taint is removed without a mark, with an Event that every heal of the node shares, and the condition', async () => {
  const { cap, events, counted, conditions } = scene({ isThere: true });
  expect(await cap('remove')).toEqual({ kind: 'removed' });
  expect(events).toMatchObject([{ reason: 'StartupTaintTimeout', type: 'Warning', key: 'cap' }]);
  expect(events[0]?.message).toBe(
    `the node was not healed within 480 s of its creation: its startup taint ${KEY} is removed without a mark`,
  );
  expect(counted).toEqual(['removed timeout']);
  expect(conditions).toEqual(['TimedOut']);
});

test('E29: with keep the taint stays, and that is reported', async () => {
  const { cap, events, counted } = scene({ isThere: true, removal: { kind: 'refused', message: 'must not be asked' } });
  expect(await cap('keep')).toEqual({ kind: 'kept' });
  expect(events.map(({ reason }) => reason)).toEqual(['StartupTaintTimeout']);
  expect(counted).toEqual(['kept timeout']);
});

test('E29: nothing is said of a taint that is not there', async () => {
  const { cap, events, counted, conditions } = scene({ isThere: false });
  expect(await cap('remove')).toEqual({ kind: 'none' });
  expect([events, counted, conditions]).toEqual([[], [], []]);
});

test('E29: a taint that the API server keeps is reported once, and the heal goes on', async () => {
  const { cap, events, counted } = scene({
    isThere: true,
    removal: { kind: 'refused', message: 'denied by a webhook' },
  });
  expect(await cap('remove')).toEqual({ kind: 'refused' });
  expect(events.map(({ reason }) => reason)).toEqual(['StartupTaintTimeout', 'StartupTaintKept']);
  expect(events[1]?.message).toContain('denied by a webhook');
  expect(counted).toEqual(['kept refused']);
});

test('E44: a worker whose file has no taint leaves it to another one', async () => {
  const { deps } = probingWorld();
  const { capTaint } = createOnboardingActivities([deps]);
  const run = quietEnvironment().run(() => capTaint({ node, capMs: 1, onTimeout: 'remove', profile: 'snat' }));
  await expect(run).rejects.toMatchObject({ type: 'ProfileUnknown' });
});
