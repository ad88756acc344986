/** Faults in what counts as unreachable, what as rejected, and what as news of a node (H2, H9, H11, H15). */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const unit = (subject: string) =>
  ({ file: `kubernetes/${subject}.ts`, test: { project: 'unit', path: `kubernetes/${subject}.test.ts` } }) as const;

const failures = {
  file: 'activities/failures.ts',
  test: { project: 'unit', path: 'activities/failures.test.ts' },
} as const;

export const mutations: MutationList = [
  ...faultsOf(failures, [
    ['H15', '      context.heartbeat(details);', ''],
    ['H15', '      clearInterval(beat);', ''],
    ['H15', 'await unlessWorkerEnds(context, ask())', 'await ask()'],
  ]),
  ...faultsOf(unit('client/recent-outage'), [['H11', 'now() - seenMs >= ROLES_UNKNOWN_MS', 'now() - seenMs >= 0']]),
  ...faultsOf(unit('client/request-health'), [
    ['H11', '    unauthorized = null;\n', ''],
    ['H11', 'streak.count >= FAILURES_MAX && ', ''],
  ]),
  ...faultsOf(unit('client/cluster-error'), [
    ['H11', '  if (answer.status === 401) return', '  if (answer.status === 402) return'],
    ['H11', 'answer.status === 429 || ', ''],
    ['H11', 'answer.status >= 500', 'answer.status > 500'],
  ]),
  ...faultsOf(unit('healing/pods'), [
    ['H11', 'if (status === 409) throw', 'if (status === 418) throw'],
    ['H15', "if (reason === 'AlreadyExists') return { kind: 'already-exists' };", ''],
  ]),
  ...faultsOf(unit('nodes/known-nodes'), [
    ['H2', 'if (before !== undefined && sameFacts(before, facts)) return;', ''],
    ['H8', 'if (count > MOVES_MAX)', 'if (count < 0)'],
    ['H8', 'moves.delete(facts.name);\n      return facts;', 'return facts;'],
    ['H9', 'a.uid === b.uid &&', ''],
  ]),
];
