/** The bound of texts from outside. */

import { expect, test } from '@jest/globals';
import { assert, property, string } from 'fast-check';
import { cutText } from './cut-text.ts';

test.each([
  ['abc', 4, 'abc'],
  ['abcd', 4, 'abcd'],
  ['abcde', 4, 'abc…'],
  ['', 4, ''],
  ['ab😀', 3, 'ab…'],
  ['abc😀', 5, 'abc😀'],
  ['\ud800 alone', 20, '\ufffd alone'],
])('%j cut to %i is %j', (text, lengthMax, expected) => {
  expect(cutText(text, lengthMax)).toBe(expected);
});

test('no text is longer than its bound, and each can be written as UTF-8', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 30 }), (text) => {
      const cut = cutText(text, 10);
      expect(cut.length).toBeLessThanOrEqual(10);
      expect(cut.isWellFormed()).toBe(true);
    }),
  );
});
