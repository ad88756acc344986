/** Faults in what a heal does next (H6, H8 to H12). */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const place = {
  file: 'domain/healing/plan.ts',
  test: { project: 'unit', path: 'domain/healing/plan.test.ts' },
} as const;

const bounds = { project: 'unit', path: 'domain/healing/bounds.test.ts' } as const;

export const mutations: MutationList = [
  ...faultsOf({ ...place, test: bounds }, [
    ['H8', ' && !(bounded && isUnsteady(state))', ''],
    ['H12', "bounded && isOftenReopened(state) ? { kind: 'exhaust' } : ", ''],
    ['H12', 'mayWake(state, at) ? state.wakeAtMs : (state.retryAtMs ?? null)', 'state.wakeAtMs'],
  ]),
  ...faultsOf({ file: 'domain/healing/bounds.ts', test: bounds }, [
    ['H8', 'wasNotReady || isOtherBoot', 'wasNotReady'],
    ['H8', 'boot !== undefined && window.boot !== undefined && ', ''],
    ['H8', '>= UNSEEN_CHANGES_MAX', '> UNSEEN_CHANGES_MAX'],
    ['H12', '>= REOPENINGS_MAX', '> REOPENINGS_MAX'],
  ]),
  ...faultsOf({ file: 'domain/healing/state.ts', test: bounds }, [
    ['H8', 'wakeAtMs: nowMs + rules.intervalMs, unseenChanges: 0', 'wakeAtMs: nowMs + rules.intervalMs'],
    ['H12', 'if (state.exhausted === true) return seen;', ''],
    ['H12', 'isRetry ? { reopenings: 0, unseenChanges: 0 } : ', ''],
    ['H12', 'return isNotReady(state.node) ? waitForReady(opened, rules, nowMs) : opened;', 'return opened;'],
  ]),
  ...faultsOf(place, [
    ['H6', 'pods < rules.provenPodsMin', 'pods < rules.provenPodsMin - 1'],
    [
      'H6',
      'nowMs - lastMs <= PROOF_AGE_INTERVALS_MAX * rules.intervalMs',
      'nowMs - lastMs <= (PROOF_AGE_INTERVALS_MAX + 1) * rules.intervalMs',
    ],
    [
      'H6',
      'nowMs - lastMs <= PROOF_AGE_INTERVALS_MAX * rules.intervalMs',
      'nowMs - lastMs < PROOF_AGE_INTERVALS_MAX * rules.intervalMs',
    ],
    ['H6', 'at.nowMs >= window.endMs', 'at.nowMs >= window.endMs - 1'],
    ['H6', 'at.nowMs >= window.limitMs', 'at.nowMs > window.limitMs'],
    ['H8', 'mustReopen(state, at) ? reopening(state, at) : ', ''],
    ['H8', "isNotReady(node) ? wakeOr(state.wakeAtMs, at.nowMs, { kind: 'look' }) : ", ''],
    ['H9', 'node.facts.uid !== at.nodeUid', 'false'],
    ['H9', "if (node.kind === 'gone') return 'node-gone';", "if (node.kind === 'gone') return null;"],
    ['H10', "if (node.facts.healed && !isWatched) return 'healed-elsewhere';", ''],
    ['H11', 'window.rejectedInARow >= at.rules.errorBudget', 'window.rejectedInARow > at.rules.errorBudget'],
    ['H12', 'nowMs >= untilMs ? action', 'nowMs > untilMs ? action'],
    ['H14', "if (node.facts.disabled) return 'disabled';", ''],
  ]),
];
