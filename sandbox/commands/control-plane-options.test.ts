/** Which control planes and fleets can be asked for. */

import { expect, test } from '@jest/globals';
import { parseControlPlane, parseFleet } from './options.ts';

test.each([
  ['1', 1],
  ['3', 3],
])('a control plane of %s', (text, count) => {
  expect(parseControlPlane(text)).toBe(count);
});

test.each(['0', '2', '5', '', '3.0', 'three'])('a control plane of %j is refused', (text) => {
  expect(() => parseControlPlane(text)).toThrow('expected 1 or 3');
});

test('a fleet has three clusters', () => {
  expect(parseFleet('3')).toBe(3);
  expect(() => parseFleet('2')).toThrow('expected 3');
});
