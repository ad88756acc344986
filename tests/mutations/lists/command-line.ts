/** Faults in what `vigilante heal` and `restart` do (H13, H14). */

import type { MutationList } from '../mutation.ts';

const test = { project: 'unit', path: 'cli/healing/heal-decision.test.ts' } as const;
const file = 'cli/healing/heal-decision.ts';

export const mutations: MutationList = [
  {
    id: 'H13',
    file,
    find: "state === 'stalled' || state === 'unproven'",
    replace: "state === 'stalled'",
    test,
  },
  { id: 'H13', file, find: 'if (facts.healed) return', replace: 'if (facts.disabled) return', test },
  { id: 'H14', file, find: 'enable: facts.disabled', replace: 'enable: false', test },
];
