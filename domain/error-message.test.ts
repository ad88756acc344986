/** Errors as texts. */

import { expect, test } from '@jest/globals';
import { messageOf, ownMessageOf } from './error-message.ts';

test.each([
  ['a text', 'a text', 'a text'],
  [undefined, 'undefined', 'undefined'],
  [new Error('down'), 'down', 'down'],
  [new Error('fetch failed', { cause: new Error('refused') }), 'fetch failed: refused', 'fetch failed'],
  [
    new Error('fetch failed: refused', { cause: new Error('refused') }),
    'fetch failed: refused',
    'fetch failed: refused',
  ],
  [new Error('one', { cause: new Error('two', { cause: 'three' }) }), 'one: two: three', 'one'],
  [new Error('down', { cause: new Error('') }), 'down', 'down'],
])('%p is a text, with its causes and without', (error, whole, own) => {
  expect(messageOf(error)).toBe(whole);
  expect(ownMessageOf(error)).toBe(own);
});
