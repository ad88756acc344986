/** With which id, queue and input a heal is started, and that its workflow takes them. */

import { expect, test } from '@jest/globals';
import { parseOnboardNodeInput } from '../../contracts/healing/onboarding-parser.ts';
import { parseHealNodeInput } from '../../contracts/healing/parser.ts';
import { HEALING_RULES, ONBOARDING_POLICY } from '../../tests/fixtures/healing.ts';
import { nodeName } from '../../tests/fixtures/nodes.ts';
import { healStartOptions } from './start.ts';

const target = { cluster: 'prod', node: nodeName('win-1') };
const policy = { ...HEALING_RULES, searchAttributes: true };
const HEAL = { workflow: 'healNode', policy } as const;
const ONBOARDING = { workflow: 'onboardNode', profile: 'snat', policy: ONBOARDING_POLICY } as const;

test('E45: a heal without an echo is started as it was', () => {
  const options = healStartOptions(target, HEAL, 'healed');
  expect(options).toMatchObject({
    workflowId: 'heal-node/prod/win-1',
    taskQueue: 'vigilante/prod',
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [{ cluster: 'prod', node: 'win-1', policy }],
    memo: expect.anything(),
  });
  expect(parseHealNodeInput(options.args[0])).toMatchObject({ ok: true });
});

test('E40, E46: one with an echo has the same id and queue, so that a node has one heal whoever starts it', () => {
  const options = healStartOptions(target, ONBOARDING, 'healed');
  const plain = healStartOptions(target, HEAL, 'healed');
  expect([options.workflowId, options.taskQueue]).toEqual([plain.workflowId, plain.taskQueue]);
  expect(options.workflowIdConflictPolicy).toBe(plain.workflowIdConflictPolicy);
  expect(options.args).toEqual([{ v: 1, cluster: 'prod', node: 'win-1', profile: 'snat', policy: ONBOARDING_POLICY }]);
  expect(parseOnboardNodeInput(options.args[0])).toMatchObject({ ok: true });
});

test('E41: the heal of another profile has an id of its own', () => {
  const { workflowId } = healStartOptions(target, { ...ONBOARDING, profile: 'gpu' }, 'healed');
  expect(workflowId).toBe('onboard-node/prod/gpu/win-1');
});

test('H2: without search attributes in its policy a heal is started without them', () => {
  const plan = { ...ONBOARDING, policy: { ...ONBOARDING_POLICY, searchAttributes: false } };
  expect(healStartOptions(target, plan, 'healed')).not.toHaveProperty('typedSearchAttributes');
  expect(healStartOptions(target, ONBOARDING, 'healed')).toHaveProperty('typedSearchAttributes');
});

test('E29, E46: a policy with a cap is version 2 of the input, which older workers leave to newer ones', () => {
  const taint = { capMs: 480_000, onTimeout: 'remove' } as const;
  const options = healStartOptions(target, { ...ONBOARDING, policy: { ...ONBOARDING_POLICY, taint } }, 'healed');
  expect(options.args).toEqual([
    { v: 2, cluster: 'prod', node: 'win-1', profile: 'snat', policy: { ...ONBOARDING_POLICY, taint } },
  ]);
  expect(parseOnboardNodeInput(options.args[0])).toMatchObject({ ok: true });
});
