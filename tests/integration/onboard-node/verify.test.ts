/** The verification of a node: one probe, whose judgement is the result. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { VerifyNodeInput, VerifyNodeResult } from '../../../contracts/healing/onboard-node.ts';
import type { ProbeOutcome } from '../../../contracts/healing/onboarding-activities.ts';
import { probeJudgement } from '../../fixtures/healing.ts';
import { type Harness, startHarness } from '../heal-node/harness.ts';
import { present } from '../heal-node/world.ts';
import { verify, withWorkers } from './harness.ts';
import { echoDown, judged, REJECTED } from './world.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness?.env.teardown());

const CREATED = { createdMs: 5 };
const RESULTS: readonly (readonly [ProbeOutcome, VerifyNodeResult])[] = [
  [judged('proven', CREATED), { kind: 'judged', judgement: probeJudgement('proven', CREATED) }],
  [judged('refuted', CREATED), { kind: 'judged', judgement: probeJudgement('refuted', CREATED) }],
  [echoDown(), { kind: 'echo-down', judgement: { podName: 'p', level: 2, detail: 'no endpoint answers anybody' } }],
  [{ kind: 'vanished' }, { kind: 'not-judged', detail: 'the pod was removed before it was judged' }],
  [REJECTED, { kind: 'not-judged', detail: 'exceeded quota: pods' }],
  [{ kind: 'skipped' }, { kind: 'not-judged', detail: 'the node is not Ready' }],
];

test('E9: a verification gives what became of its one pod, and marks nothing', async () => {
  let outcome: ProbeOutcome = { kind: 'vanished' };
  await withWorkers(harness, { script: { probes: () => outcome } }, async (scene) => {
    for (const [probed, expected] of RESULTS) {
      outcome = probed;
      expect(await verify(harness, scene)).toEqual(expected);
    }
    const { steps, probes } = scene.world;
    expect(steps.map(({ name }) => name)).toEqual(RESULTS.flatMap(() => ['observeNode', 'probePod']));
    expect(new Set(steps.map(({ profile }) => profile))).toEqual(new Set(['snat']));
    for (const probe of probes) {
      expect(probe).toMatchObject({
        attempt: 1,
        purpose: 'verify',
        isAfterRejection: false,
        node: { uid: 'uid-1' },
      });
    }
  });
});

test('E9: also a node that is healed is verified; of one that is gone no pod is made, or it is said', async () => {
  const script = (world: () => { node: unknown }) => ({
    probes: (): ProbeOutcome => {
      if (isDeleted) world().node = { kind: 'gone' };
      return isDeleted ? { kind: 'skipped' } : judged('proven', { createdMs: 5 });
    },
  });
  let isDeleted = false;
  await withWorkers(harness, { script }, async (scene) => {
    scene.world.node = present({ healed: true, disabled: true });
    expect(await verify(harness, scene)).toMatchObject({ kind: 'judged' });
    isDeleted = true;
    expect(await verify(harness, scene)).toEqual({ kind: 'not-judged', detail: 'the node is gone' });
    expect(await verify(harness, scene)).toEqual({ kind: 'not-judged', detail: 'there is no such node' });
    expect(scene.world.probes).toHaveLength(2);
  });
});

test('E9: a wrong input ends the workflow with what is allowed', async () => {
  await withWorkers(harness, {}, async (scene) => {
    for (const [change, message] of [
      [{ more: 1 }, 'input.more: unknown key'],
      [
        { policy: { endpoints: ['not a name'], require: 'all', patienceMs: 1_000 } },
        'expected the name of an endpoint',
      ],
      [{ profile: 'gpu' }, 'workflow id: expected verify-node/'],
    ] as const) {
      await expect(verify(harness, scene, change as Partial<VerifyNodeInput>)).rejects.toMatchObject({
        cause: { type: 'InvalidInput', message: expect.stringContaining(message) },
      });
    }
    expect(scene.world.probes).toEqual([]);
  });
});
