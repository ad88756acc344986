/** Faults in what a heal does next (H6, H8). */

import type { MutationList } from '../mutation.ts';

const test = { project: 'unit', path: 'domain/healing-plan.test.ts' } as const;
const file = 'domain/healing-plan.ts';

export const mutations: MutationList = [
  { id: 'H6', file, find: 'podsProven < rules.provenPodsMin', replace: 'podsProven < rules.provenPodsMin - 1', test },
  {
    id: 'H6',
    file,
    find: 'nowMs - lastProofMs <= PROOF_AGE_INTERVALS_MAX * rules.intervalMs',
    replace: 'nowMs - lastProofMs <= (PROOF_AGE_INTERVALS_MAX + 1) * rules.intervalMs',
    test,
  },
];
