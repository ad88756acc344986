/** Which plan a heal was started with, read from its first event: a restart by hand uses it again. */

import { expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { HEALING_RULES, ONBOARDING_POLICY } from '../../tests/fixtures/healing.ts';
import type { HealRecord } from './heal-record.ts';
import { healStartsOf } from './heal-starts.ts';

const policy = { ...HEALING_RULES, searchAttributes: true };
const HEAL_INPUT = { cluster: 'prod', node: 'win-1', policy };
const ONBOARDING_INPUT = { v: 1, cluster: 'prod', node: 'win-1', profile: 'snat', policy: ONBOARDING_POLICY };
const RECORD = { workflowId: 'heal-node/prod/win-1', runId: 'run-1' } as HealRecord;

/** A Temporal server that has the history of one heal. */
function planOf(type: string, ...inputs: readonly unknown[]) {
  const attributes = {
    workflowType: { name: type },
    input: { payloads: inputs.map((input) => defaultPayloadConverter.toPayload(input)) },
  };
  const client = {
    options: { namespace: 'default' },
    withDeadline: async (_deadline: number, run: () => Promise<unknown>) => run(),
    workflowService: {
      getWorkflowExecutionHistory: async () => ({
        history: { events: [{ workflowExecutionStartedEventAttributes: attributes }] },
      }),
    },
  } as unknown as Client;
  return healStartsOf(client, { cluster: 'prod', annotation: 'healed' }).planOf(RECORD);
}

test('E45: the plan of a heal without an echo is its policy', async () => {
  expect(await planOf('healNode', HEAL_INPUT)).toEqual({ workflow: 'healNode', policy });
});

test('E40: the plan of a heal with an echo is its workflow, its profile and its policy', async () => {
  expect(await planOf('onboardNode', ONBOARDING_INPUT)).toEqual({
    workflow: 'onboardNode',
    profile: 'snat',
    policy: ONBOARDING_POLICY,
  });
});

test.each<[string, string, unknown[]]>([
  ['an older heal', 'healNode', [{ ...HEAL_INPUT, policy: {} }]],
  ['a newer one', 'onboardNode', [{ ...ONBOARDING_INPUT, v: 3 }]],
  ['the input of the other workflow', 'onboardNode', [HEAL_INPUT]],
  ['no input', 'healNode', []],
])('E46: %s has no plan that is known here, and the configured one is used', async (_what, type, inputs) => {
  expect(await planOf(type, ...inputs)).toBeNull();
});
