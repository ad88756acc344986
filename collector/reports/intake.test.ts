/** Bodies that are read at the same time: what is too much, too slow, or not what was announced. */

import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';

import { createIntake } from './intake.ts';

const CHUNKED = { announcedBytes: null, bytesMax: 100 };

test('gives back what came, and refuses more than a body may have', async () => {
  const intake = createIntake({ bytesMax: 1_000 });
  const [good, large] = [new PassThrough(), new PassThrough()];
  const reading = intake.read(good, CHUNKED);
  good.write('ab');
  good.end('c');
  expect((await reading).toString()).toBe('abc');
  const tooMuch = intake.read(large, CHUNKED);
  large.write('x'.repeat(101));
  await expect(tooMuch).rejects.toMatchObject({ statusCode: 413 });
  await expect(intake.read(new PassThrough(), { announcedBytes: 101, bytesMax: 100 })).rejects.toMatchObject({
    statusCode: 413,
  });
});

test('refuses a body that is shorter than it was announced, or that is broken off', async () => {
  const intake = createIntake({ bytesMax: 1_000 });
  const [short, broken] = [new PassThrough(), new PassThrough()];
  const reading = intake.read(short, { announcedBytes: 5, bytesMax: 100 });
  short.end('abc');
  await expect(reading).rejects.toMatchObject({ statusCode: 400 });
  const breaking = intake.read(broken, CHUNKED);
  broken.destroy();
  await expect(breaking).rejects.toMatchObject({ statusCode: 400 });
});

test('the oldest unfinished body makes room for others, one that waits for its answer does not', async () => {
  const intake = createIntake({ bytesMax: 200 });
  const [whole, slow, newer, last] = Array.from({ length: 4 }, () => new PassThrough());
  if (whole === undefined || slow === undefined || newer === undefined || last === undefined) throw new Error('four');
  const wholeRead = intake.read(whole, CHUNKED);
  whole.end('x'.repeat(100));
  await wholeRead;
  const slowRead = intake.read(slow, CHUNKED);
  slow.write('x'.repeat(90));
  const slowOutcome = expect(slowRead).rejects.toMatchObject({ statusCode: 408 });
  const newerRead = intake.read(newer, CHUNKED);
  newer.end('x'.repeat(80));
  await newerRead;
  await slowOutcome;
  const lastRead = intake.read(last, CHUNKED);
  const lastOutcome = expect(lastRead).rejects.toMatchObject({ statusCode: 429 });
  last.end('x'.repeat(50));
  await lastOutcome;
  intake.release(whole);
  const again = new PassThrough();
  const againRead = intake.read(again, CHUNKED);
  again.end('x'.repeat(50));
  expect(await againRead).toHaveLength(50);
});
