/** Which Docker Compose will do. */

import { expect, test } from '@jest/globals';
import { isComposeNewEnough } from './docker.ts';

test.each([
  ['2.19.1', false],
  ['2.20.0', true],
  ['v2.40.3', true],
  ['2.20.2+ds1-0ubuntu1', true],
  ['1.29.2', false],
  ['5.0.0', true],
  ['unknown', false],
])('Docker Compose %s is new enough: %s', (version, enough) => {
  expect(isComposeNewEnough(version)).toBe(enough);
});
