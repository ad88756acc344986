/** Every rule of the maintenance of nodes has a test that names it, and a fault in the list of mutations that it notices. */

import { expect, test } from '@jest/globals';
import { loadMutations } from './mutations/load-mutations.ts';
import { readRepositoryFile, repositoryFiles } from './tidy/repository-files.ts';

/** Those of the plan, dry runs, nodes, budget, gates, reboots, privileges and safety; others of upgrades are not built. */
const RULES = [...range(1, 3), 8, ...range(10, 31), 34, 36, 38, 43, 44, ...range(48, 55)].map((number) => `M${number}`);

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Ids in titles of tests, which begin with them: `'M11, M13: …'`. */
const TITLE = /['"`]((?:[HEM]\d+, )*[HEM]\d+): /g;

const named = new Set<string>();
for (const file of repositoryFiles().filter((path) => path.endsWith('.test.ts'))) {
  for (const [, ids = ''] of readRepositoryFile(file).matchAll(TITLE)) {
    for (const id of ids.split(', ')) named.add(id);
  }
}
const broken = new Set((await loadMutations()).map(({ id }): string => id));

test.each(RULES)('%s is named by a test, and broken by a mutation', (rule) => {
  expect({ named: named.has(rule), broken: broken.has(rule) }).toEqual({ named: true, broken: true });
});
