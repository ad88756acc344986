/** Every edge case of maintenance that people met elsewhere is played by a scene whose title has its number. */

import { expect, test } from '@jest/globals';
import { readRepositoryFile, repositoryFiles } from './tidy/repository-files.ts';

/** The cases of nodes, budget, gates and reboots, as section 20 of the contract numbers them; upgrades are not built. */
const CASES = [...range(1, 20), ...range(27, 31), 34, 35];

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** A title of a scene: `'M20: cases 3 and 31, a node that goes'`. */
const TITLE = /['"`](?:M\d+, )*M\d+: cases? (\d+(?:(?:, | and )\d+)*)/g;

const played = new Set<number>();
for (const file of repositoryFiles().filter((path) => path.startsWith('tests/e2e/'))) {
  for (const [, numbers = ''] of readRepositoryFile(file).matchAll(TITLE)) {
    for (const [number] of numbers.matchAll(/\d+/g)) played.add(Number(number));
  }
}

test.each(CASES)('edge case %i is played by a scene', (number) => {
  expect(played).toContain(number);
});
