/** Faults in what a heal does next (H6, H8 to H12). */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const place = {
  file: 'domain/healing-plan.ts',
  test: { project: 'unit', path: 'domain/healing-plan.test.ts' },
} as const;

export const mutations: MutationList = faultsOf(place, [
  ['H6', 'podsProven < rules.provenPodsMin', 'podsProven < rules.provenPodsMin - 1'],
  [
    'H6',
    'nowMs - lastProofMs <= PROOF_AGE_INTERVALS_MAX * rules.intervalMs',
    'nowMs - lastProofMs <= (PROOF_AGE_INTERVALS_MAX + 1) * rules.intervalMs',
  ],
  [
    'H6',
    'nowMs - lastProofMs <= PROOF_AGE_INTERVALS_MAX * rules.intervalMs',
    'nowMs - lastProofMs < PROOF_AGE_INTERVALS_MAX * rules.intervalMs',
  ],
  ['H6', 'at.nowMs >= window.endMs', 'at.nowMs >= window.endMs - 1'],
  ['H6', 'at.nowMs >= window.limitMs', 'at.nowMs > window.limitMs'],
  ['H8', "wasNotReady(state) ? { kind: 'open-window' } : ", ''],
  ['H8', "isNotReady(node) ? wakeOr(state, at.nowMs, { kind: 'look' }) : ", ''],
  ['H9', 'node.facts.uid !== at.nodeUid', 'false'],
  ['H9', "if (node.kind === 'gone') return 'node-gone';", "if (node.kind === 'gone') return null;"],
  ['H10', "if (node.facts.healed) return 'healed-elsewhere';", ''],
  ['H11', 'window.rejectedInARow >= at.rules.errorBudget', 'window.rejectedInARow > at.rules.errorBudget'],
  ['H12', 'nowMs >= untilMs ? action', 'nowMs > untilMs ? action'],
  ['H14', "if (node.facts.disabled) return 'disabled';", ''],
]);
