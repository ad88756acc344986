/** The API server's clock as its answers show it, whatever the clock of this machine does. */

import { expect, test } from '@jest/globals';
import { createServerClock } from './server-clock.ts';

const HEARD = 'Sat, 28 Nov 2026 07:00:00 GMT';
const HEARD_MS = Date.parse(HEARD) + 500;

test('shows the time of the newest answer, moved on by a clock that never steps', () => {
  const at = { steadyMs: 1_000 };
  const clock = createServerClock(() => at.steadyMs);
  clock.heard(HEARD);
  expect(clock.nowMs()).toBe(HEARD_MS);
  at.steadyMs += 90_000;
  expect(clock.nowMs()).toBe(HEARD_MS + 90_000);
  clock.heard('Sat, 28 Nov 2026 06:00:00 GMT');
  expect(clock.nowMs()).toBe(HEARD_MS - 3_600_000);
});

test.each([undefined, '', 'yesterday', [HEARD]])('a header that is no date changes nothing: %j', (header) => {
  const clock = createServerClock(() => 0);
  clock.heard(HEARD);
  clock.heard(header);
  expect(clock.nowMs()).toBe(HEARD_MS);
});

test('before the first answer it is the clock of this machine', () => {
  expect(Math.abs(createServerClock().nowMs() - Date.now())).toBeLessThan(60_000);
});
