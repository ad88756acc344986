/** The words of a heal in the Temporal UI. */

import { expect, test } from '@jest/globals';
import { loadConfig } from '../../config/load.ts';
import { healPlan } from '../../config/policies/healing.ts';
import { ONBOARDING_POLICY } from '../../tests/fixtures/healing.ts';
import { nodeName } from '../../tests/fixtures/nodes.ts';
import { describeHeal, summarizeHeal } from './messages.ts';

const plan = healPlan(loadConfig({ env: {} }));

test('a heal says what it does, for how long, and how to steer it', () => {
  const target = { cluster: 'prod', node: nodeName('win-1') };
  expect(summarizeHeal(target)).toBe('Heal Windows node win-1 of prod');
  const details = describeHeal(target, plan, 'healed');
  for (const words of ['**win-1**', '30m', 'every 30s', '`healed`', '3 pods', 'restartHealing']) {
    expect(details).toContain(words);
  }
});

test('a summary of a node with a very long name fits into the 200 bytes of the UI', () => {
  const summary = summarizeHeal({ cluster: 'prod', node: nodeName('a'.repeat(253)) });
  expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(200);
});

test('E7: a heal with an echo says what a pod must show', () => {
  const { node, cluster } = { node: nodeName('win-1'), cluster: 'prod' };
  const asked = { workflow: 'onboardNode', profile: 'snat', policy: ONBOARDING_POLICY } as const;
  expect(describeHeal({ node, cluster }, asked, 'healed')).toContain('when the network saw its own address');
});

test('E16, E22: a heal that ends by its proofs says so, and how its node is watched', () => {
  const target = { node: nodeName('win-1'), cluster: 'prod' };
  const early = { proofsInARow: 2, proofsOverMs: 10_000, intervalFirstMs: 5_000 };
  const relapse = { watch: 'window', intervalMs: 300_000, intervalLaterMs: 3_600_000, refutedInARow: 3 } as const;
  const planOf = (more: object) =>
    ({ workflow: 'onboardNode', profile: 'snat', policy: { ...ONBOARDING_POLICY, early, ...more } }) as const;
  const details = describeHeal(target, planOf({ relapse }), 'healed');
  for (const words of ['as soon as 2 pods in a row', 'until the time has passed', 'every 5m', '3 pods in a row']) {
    expect(details).toContain(words);
  }
  const always = { ...relapse, watch: 'always' };
  expect(describeHeal(target, planOf({ relapse: always }), 'healed')).toContain('watched without end');
  expect(describeHeal(target, planOf({}), 'healed')).not.toContain('watched');
});
