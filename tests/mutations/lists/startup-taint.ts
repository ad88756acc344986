/** Faults in the removal of startup taints and in the condition of nodes (E28 to E32). */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

const unit = (file: string, test = file.replace(/\.ts$/, '.test.ts')): Pick<Mutation, 'file' | 'test'> => ({
  file,
  test: { project: 'unit', path: test },
});

const TAINTS = 'kubernetes/nodes/startup-taints.test.ts';

export const mutations: MutationList = [
  ...faultsOf(unit('domain/healing/startup-taint.ts'), [
    ['E29', 'if (isCapped || createdMs === undefined)', 'if (createdMs === undefined)'],
    ['E29', 'nowMs < untilMs ?', 'nowMs <= untilMs ?'],
  ]),
  ...faultsOf(unit('domain/healing/condition.ts'), [
    ['E32', "judged: ['Healed', 'Snated',", "judged: ['Healed',"],
    ['E24', "Snated: ['Healed', ", 'Snated: ['],
    ['E32', 'reason === before || ', ''],
  ]),
  ...faultsOf(unit('kubernetes/nodes/taints.ts', TAINTS), [
    ['E28', 'taint.key !== key', "taint.effect !== 'NoSchedule'"],
    ['E28', 'return kept.length === taints.length ? null : kept;', 'return kept;'],
  ]),
  ...faultsOf(unit('kubernetes/nodes/startup-taints.ts', TAINTS), [
    ['E27', '!facts.disabled && ', ''],
    ['E29', 'facts.uid === uid && ', ''],
    ['E29', "(facts.mark === 'proven') === isProven", "isProven ? facts.mark === 'proven' : true"],
    ['E30', "(facts.mark === 'proven') === isProven", "isProven || facts.mark !== 'proven'"],
    ['E30', 'returns > TAINT_RETURNS_MAX', 'returns > TAINT_RETURNS_MAX + 1'],
    ['E30', '{ annotations: { [proofKey]: withTaintReturns(proof, returns) } }', '{}'],
    ['E28', '...change, taints, version }', '...change, taints }'],
  ]),
  ...faultsOf(unit('kubernetes/nodes/nodes.ts', TAINTS), [
    [
      'E28',
      'const change = { annotations, taints, version: found };',
      'const change = { annotations, version: found };',
    ],
    [
      'E54',
      "if (result.kind !== 'refused') return result;",
      "if (result.kind !== 'refused' || result.message) throw result;",
    ],
  ]),
  ...faultsOf(unit('worker/returned-taints.ts'), [
    ['E30', "mark === 'proven' && ", ''],
    ['E30', "=== 'kept') restingUntilMs", "=== 'done') restingUntilMs"],
  ]),
];
