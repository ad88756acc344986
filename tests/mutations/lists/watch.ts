/** Faults in how a marked node is watched, what takes its mark back, and what a hint does (E16, E21 to E27). */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

const unit = (file: string, test = file.replace(/\.ts$/, '.test.ts')): Pick<Mutation, 'file' | 'test'> => ({
  file,
  test: { project: 'unit', path: test },
});

const WATCH_TEST = 'domain/healing/watch.test.ts';

export const mutations: MutationList = [
  ...faultsOf(unit('domain/healing/watch.ts'), [
    ['E22', "relapse.watch === 'off' ? null", 'false ? null'],
    ['E22', 'isEnding && nowMs >= endMs', 'isEnding && nowMs > endMs'],
    ['E22', "node.facts.mark !== 'proven') return null", "node.facts.mark === 'withdrawn') return null"],
    ['E23', 'refutedInARow >= relapse.refutedInARow', 'refutedInARow > relapse.refutedInARow'],
    [
      'E23',
      'isRelapseSign(source) ? watch.refutedInARow + 1 : 0',
      'watch.refutedInARow + (isRelapseSign(source) ? 1 : 0)',
    ],
    ['E25', 'endMs !== null && !watch.isBraked', 'endMs !== null'],
    ['E25', '{ ...watch, isRelapsed: false,', '{ ...watch,'],
    ['E25', '|| state.watch?.isBraked === true ? intervalMs', '? intervalMs'],
    ['E26', 'return isSettled || !isForeignMark(node.facts.mark);', 'return true;'],
    ['E26', 'mustBeginAgain(node, isOver || ', 'mustBeginAgain(node, '],
    ['E27', '|| !node.facts.ready) return false;', ') return false;'],
  ]),
  ...faultsOf(unit('domain/healing/relapse.ts', WATCH_TEST), [
    ['E24', "verdict === 'refuted' && by === 'node'", "verdict === 'refuted'"],
    ['E25', 'relapses < Math.max(', 'relapses <= Math.max('],
    ['E25', 'Math.max(relapsesMin, Math.floor(nodes * relapsesMax))', 'Math.floor(nodes * relapsesMax)'],
  ]),
  ...faultsOf(unit('domain/healing/hint.ts'), [
    ['E21', ' && node.facts.hint !== before.facts.hint', ''],
    ['E21', 'pacedFromMs: nowMs, ', ''],
    ['E21', 'pacedFromMs !== undefined && pacedFromMs > nextAttemptMs', 'false'],
    ['E21', 'state.exhausted === true ? state : ', ''],
  ]),
  ...faultsOf(unit('domain/healing/not-proven.ts'), [
    ['E16', "by === 'node' ? 'node' : 'other'", "'node'"],
    ['E16', "if (verdict === 'proven') return counts;", ''],
  ]),
  ...faultsOf(unit('worker/relapse-brake.ts'), [
    ['E25', 'for (const name of own.keys()) late.add(name);', ''],
    ['E25', 'late.delete(node);', ''],
    ['E25', 'nowMs - ms <= rules.relapsesPerMs', 'nowMs - ms < rules.relapsesPerMs'],
  ]),
  ...faultsOf(unit('activities/healing/relapse-node.ts'), [
    ['E23', 'deps.nodes.relapse(node, relapsedMs, version)', 'deps.nodes.relapse(node, relapsedMs, null)'],
    ['E25', "if (isBrakeReported) return { kind: 'braked' };", ''],
    ['E27', ' || seen.facts.disabled) return', ') return'],
  ]),
  ...faultsOf(unit('activities/healing/onboarding-activities.ts'), [
    ['E26', 'if (isToReport) return withoutForeignMark(deps, seen.facts);', ''],
  ]),
  ...faultsOf(unit('domain/node/mark.ts'), [
    ['E26', "reheal.includes('not-ready') ? 'not-ready'", "true ? 'not-ready'"],
    ['E26', '!changes.some((change) => reheal.includes(change))', 'true'],
  ]),
  ...faultsOf(unit('config/schema/healing-relapse.ts', 'config/healing-relapse.test.ts'), [
    ['E26', 'on ?? REHEAL_DEFAULT[finish]', 'on ?? []'],
  ]),
];
