/** Faults in which nodes are considered, and in what counts as a change of one (H1, H2, H8, H14). */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const reading = {
  file: 'kubernetes/node-facts.ts',
  test: { project: 'unit', path: 'kubernetes/node-facts.test.ts' },
} as const;
const judging = { file: 'domain/node-facts.ts', test: { project: 'unit', path: 'domain/node-facts.test.ts' } } as const;

export const mutations: MutationList = [
  ...faultsOf(reading, [
    ['H1', 'labels?.[OS_LABEL] === WINDOWS_OS', "labels?.[OS_LABEL] !== 'linux'"],
    ['H1', "?.toLowerCase() === 'true'", " === 'true'"],
    ['H8', "ready?.status === 'True'", "ready?.status !== 'False'"],
    ['H14', '=== HEALING_SWITCH_OFF', '!== undefined'],
  ]),
  ...faultsOf(judging, [
    ['H1', 'facts.windows && !facts.healed', '!facts.healed'],
    ['H2', 'return [uid, readiness,', 'return [readiness,'],
    ['H2', 'const flags = { healed, disabled, windows }', 'const flags = { healed, windows }'],
    ['H14', ' && !facts.disabled', ''],
  ]),
];
