/** The list names files that are there: after a move their tests would run in `npm test` again, silently. */

import { expect, test } from '@jest/globals';

import { sourceFiles } from '../tidy/repository-files.ts';
import { LONG_FILES } from './long-files.ts';

test('each file of the list is there', () => {
  expect(sourceFiles()).toEqual(expect.arrayContaining(LONG_FILES.map((file) => `tests/${file}`)));
});
