/** Trying again until it works. */

import { expect, test } from '@jest/globals';

import { retry } from './retry.ts';

test('tries until it works, with growing pauses', async () => {
  const pauses: number[] = [];
  let attempts = 0;
  const result = await retry({
    signal: new AbortController().signal,
    firstPauseMs: 1,
    attempt: async () => {
      attempts += 1;
      if (attempts < 4) throw new Error('not yet');
      return attempts;
    },
    onFailure: (_, pauseMs) => pauses.push(pauseMs),
  });
  expect(result).toBe(4);
  expect(pauses).toEqual([1, 2, 4]);
});

test('ends with null when it is stopped, and with the error that the caller throws', async () => {
  const stop = new AbortController();
  const attempt = async () => {
    throw new Error('down');
  };
  const onFailure = () => stop.abort();
  expect(await retry({ signal: stop.signal, attempt, onFailure })).toBeNull();
  const giveUp = () => {
    throw new Error('useless');
  };
  await expect(retry({ signal: new AbortController().signal, attempt, onFailure: giveUp })).rejects.toThrow('useless');
});
