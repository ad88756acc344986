/** The verification of a node: one probe, whose judgement is the result. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { VerifyNodeInput, VerifyNodeResult } from '../../../contracts/healing/onboard-node.ts';
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

test.each<[string, ReturnType<typeof judged>, VerifyNodeResult]>([
  ['is proven', judged('proven'), { kind: 'judged', judgement: probeJudgement('proven') }],
  ['is refuted', judged('refuted'), { kind: 'judged', judgement: probeJudgement('refuted') }],
  [
    'reached nobody',
    echoDown(),
    { kind: 'echo-down', judgement: { podName: 'p', level: 2, detail: 'no endpoint answers anybody' } },
  ],
  ['vanished', { kind: 'vanished' }, { kind: 'not-judged', detail: 'the pod was removed before it was judged' }],
  ['was refused', REJECTED, { kind: 'not-judged', detail: 'exceeded quota: pods' }],
  ['was not made', { kind: 'skipped' }, { kind: 'not-judged', detail: 'the node is not Ready' }],
])('E9: a verification whose pod %s says so, and marks nothing', async (_how, outcome, expected) => {
  await withWorkers(harness, { script: { probes: () => outcome } }, async (scene) => {
    expect(await verify(harness, scene)).toEqual(expected);
    expect(scene.world.steps).toEqual([
      { name: 'observeNode', profile: 'snat' },
      { name: 'probePod', profile: 'snat' },
    ]);
    expect(scene.world.probes).toMatchObject([
      { attempt: 1, purpose: 'verify', isAfterRejection: false, node: { uid: 'uid-1' } },
    ]);
  });
});

test('E9: a node that is healed, or that nobody heals, is verified as well', async () => {
  const prepare = (world: { node: unknown }) => {
    world.node = present({ healed: true, disabled: true });
  };
  await withWorkers(harness, { prepare }, async (scene) => {
    expect(await verify(harness, scene)).toMatchObject({ kind: 'judged' });
  });
});

test('E9: of a node that is not there no pod is made', async () => {
  const prepare = (world: { node: unknown }) => {
    world.node = { kind: 'gone' };
  };
  await withWorkers(harness, { prepare }, async (scene) => {
    expect(await verify(harness, scene)).toEqual({ kind: 'not-judged', detail: 'there is no such node' });
    expect(scene.world.probes).toEqual([]);
  });
});

test('E9: a node that is deleted while its pod is waited for is told', async () => {
  const script = (world: () => { node: unknown }) => ({
    probes: () => {
      world().node = { kind: 'gone' };
      return { kind: 'skipped' } as const;
    },
  });
  await withWorkers(harness, { script }, async (scene) => {
    expect(await verify(harness, scene)).toEqual({ kind: 'not-judged', detail: 'the node is gone' });
  });
});

test.each<[string, object, string]>([
  ['an unknown key', { more: 1 }, 'input.more: unknown key'],
  ['no endpoints', { policy: { endpoints: [], require: 'all', patienceMs: 1_000 } }, 'expected 1 to 4 names'],
  ['another profile', { profile: 'gpu' }, 'workflow id: expected verify-node/'],
])('E9: an input with %s ends the workflow with what is allowed', async (_what, change, message) => {
  await withWorkers(harness, {}, async (scene) => {
    await expect(verify(harness, scene, change as Partial<VerifyNodeInput>)).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringContaining(message) },
    });
    expect(scene.world.probes).toEqual([]);
  });
});
