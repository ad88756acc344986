/** The list names files that are there: after a move it would do nothing, silently. */

import { expect, test } from '@jest/globals';

import { sourceFiles } from '../tidy/repository-files.ts';
import { LONGEST } from './longest-first.ts';

test('each file of the list is there', () => {
  expect(sourceFiles()).toEqual(expect.arrayContaining(LONGEST.map((file) => `tests/${file}`)));
});
