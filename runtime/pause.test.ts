/** Waiting that can be ended. */

import { expect, test } from '@jest/globals';
import { pause } from './pause.ts';

test('a pause is over at once where the process is asked to stop already', async () => {
  await pause(3_600_000, AbortSignal.abort());
});

test('a pause ends early when the process is asked to stop', async () => {
  const stop = new AbortController();
  const waiting = pause(3_600_000, stop.signal);
  stop.abort();
  await expect(waiting).resolves.toBeUndefined();
});
