/** Faults in acts on nodes, in what is deleted before them and in what proves them (M13, M23, M53, M55). */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

const unit = (file: string, test = file.replace(/\.ts$/, '.test.ts')): Pick<Mutation, 'file' | 'test'> => ({
  file,
  test: { project: 'unit', path: test },
});

export const mutations: MutationList = [
  ...faultsOf(unit('domain/maintenance/pods.ts'), [
    ['M13', "isRefused && purpose !== 'upgrade' &&", 'isRefused &&'],
    ['M13', "verdict.kind === 'budget' || verdict.kind === 'not-now' || verdict.kind === 'never'", 'true'],
  ]),
  ...faultsOf(unit('domain/maintenance/prove.ts'), [
    ['M23', 'isOpen && isOtherBoot(baseline, facts)', 'isOpen'],
    ['M23', "demand !== 'off' && isOpen", 'isOpen'],
  ]),
  ...faultsOf(unit('domain/maintenance/plan.ts'), [
    ['M23', "  if (state.reheal === 'due') return { kind: 'restart-healing' };\n", ''],
    ['M23', "(reheal === 'not-asked' ? 0 : rules.healingMs)", '0'],
  ]),
  ...faultsOf(unit('domain/maintenance/act-progress.ts', 'domain/maintenance/plan.test.ts'), [
    ['M23', "reheal: 'not-asked', missing", 'missing'],
  ]),
  ...faultsOf(unit('cli/maintenance/fetch-artifacts.ts'), [
    ['M53', 'if (got === sha256) return;', 'if (got !== null) return;'],
    [
      'M53',
      'await fetchOne({ artifact, target, part }, options);',
      'await fetchOne({ artifact, target, part }, options);\n      await rename(part, target);',
    ],
    ['M53', 'if (!isBelow) throw', 'if (folder === name) throw'],
  ]),
  ...faultsOf(unit('maintainer/executors.ts'), [
    ['M53', 'artifacts === undefined ? found : withArtifacts(found, artifacts)', 'found'],
  ]),
];
