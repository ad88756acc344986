/** Faults in which nodes are considered, and in what counts as a change of one (H1, H2, H8, H14). */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const reading = {
  file: 'kubernetes/nodes/facts.ts',
  test: { project: 'unit', path: 'kubernetes/nodes/facts.test.ts' },
} as const;
const selecting = {
  file: 'kubernetes/healing/healable-nodes.ts',
  test: { project: 'unit', path: 'kubernetes/healing/healable-nodes.test.ts' },
} as const;
const judging = { file: 'domain/node/facts.ts', test: { project: 'unit', path: 'domain/node/facts.test.ts' } } as const;

export const mutations: MutationList = [
  ...faultsOf(reading, [
    ['H1', 'windows: healable.includes(node)', 'windows: true'],
    ['H1', "?.toLowerCase() === 'true'", " === 'true'"],
    ['H10', 'judged?.counts === true', 'isMarked'],
    ['H10', "return proof === undefined ? null : 'withdrawn';", 'return null;'],
    ['H8', "ready?.status === 'True'", "ready?.status !== 'False'"],
    ['H14', '=== HEALING_SWITCH_OFF', '!== undefined'],
  ]),
  ...faultsOf(selecting, [
    ['H1', '`${OS_LABEL}=${os}`', "''"],
    ['H1', 'nodes.trim()', "''"],
    ['H1', "virtualNodes ? '' : VIRTUAL_NODES_EXCEPTED", "''"],
    ['H1', 'key === VIRTUAL_NODE_TAINT', 'false'],
    ['H1', 'return virtualNodes || !', 'return !'],
  ]),
  ...faultsOf({ file: 'domain/node/mark.ts', test: { project: 'unit', path: 'domain/node/mark.test.ts' } }, [
    ['H7', "if (proof.uid !== node.uid) return 'other-node';", ''],
    ['H7', "if (changes.includes('machine')) return 'other-machine';", ''],
    ['H10', "foreignMark === 'believe' || !NEVER_PROVEN.includes(standing)", 'true'],
    ['H7', "one !== '' && other !== '' && ", ''],
    ['H10', "&& mark !== 'withdrawn'", ''],
  ]),
  ...faultsOf(
    {
      file: 'contracts/healing/node-proof.ts',
      test: { project: 'unit', path: 'contracts/healing/node-proof.test.ts' },
    },
    [
      ['H7', 'return value.slice(0, TEXT_LENGTH_MAX);', 'return value;'],
      ['H10', 'annotation.length > PROOF_LENGTH_MAX', 'false'],
      ['H10', "|| uid === ''", ''],
    ],
  ),
  ...faultsOf(judging, [
    ['H1', 'facts.windows && !facts.healed', '!facts.healed'],
    ['H2', 'return [uid, readiness,', 'return [readiness,'],
    ['H2', 'const flags = { healed, disabled, windows }', 'const flags = { healed, windows }'],
    ['H14', ' && !facts.disabled', ''],
  ]),
];
