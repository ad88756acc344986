/** Why pods proved nothing, as an unproven heal says it (E16). */

import { expect, test } from '@jest/globals';
import { nodeToHeal, ONBOARDING_POLICY, probeJudgement } from '../../tests/fixtures/healing.ts';
import { giveUp } from './giving-up.ts';
import { describeHealing } from './messages.ts';
import { describeNotProven, type Silence } from './not-proven.ts';
import { type ProbeNews, recordProbe } from './probe.ts';
import { beginState, type HealingState } from './state.ts';
import type { HealingRules } from './window.ts';

const EARLY = { proofsInARow: 2, proofsOverMs: 10_000, intervalFirstMs: 5_000 };
const rules: HealingRules = { ...ONBOARDING_POLICY, early: EARLY };

const silent = (silence?: Silence): ProbeNews => ({
  kind: 'judged',
  judgement: probeJudgement('silent'),
  ...(silence === undefined ? {} : { silence }),
});
const refuted = (by: 'node' | 'other'): ProbeNews => ({ kind: 'judged', judgement: probeJudgement('refuted', { by }) });

function after(news: readonly ProbeNews[], of = rules): HealingState {
  const node = { kind: 'present', facts: nodeToHeal() } as const;
  const begun = beginState({ node, attempts: 0, rules: of, nowMs: 0 });
  return news.reduce((state, one) => recordProbe(state, one, { rules: of, nowMs: 1_000, spread: 0 }), begun);
}

const ALL = [
  refuted('node'),
  refuted('node'),
  refuted('other'),
  silent(),
  silent('invalid'),
  silent('late'),
  silent('a reason of a newer worker' as Silence),
  { kind: 'judged', judgement: probeJudgement('proven') },
  { kind: 'vanished' },
] as const;

test('E16: an unproven heal says which pods proved nothing, with counts', () => {
  const state = after(ALL);
  expect(state.window.notProven).toEqual({ node: 2, other: 1, silent: 2, invalid: 1, late: 1 });
  const unproven = giveUp(state, 'unproven', { rules, nowMs: 1_000 });
  expect(describeHealing(unproven, { node: 'win-1', rules, nowMs: 1_000 })).toContain(
    "Not proven: 2 refuted by the node's address, 1 refuted by another address, 2 silent, 1 with an answer that is not believed, 1 late.",
  );
});

test('E16: a heal that ends with its window counts none of it, and says what it said', () => {
  const state = after(ALL, ONBOARDING_POLICY);
  expect(state.window).not.toHaveProperty('notProven');
  const unproven = giveUp(state, 'unproven', { rules: ONBOARDING_POLICY, nowMs: 1_000 });
  const text = describeHealing(unproven, { node: 'win-1', rules: ONBOARDING_POLICY, nowMs: 1_000 });
  expect(text).not.toContain('Not proven');
});

test('E16: where every pod was proven there is nothing to say', () => {
  expect(describeNotProven(undefined)).toBe('');
});
