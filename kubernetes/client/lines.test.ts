/** Lines from a stream that is cut anywhere. */

import { expect, test } from '@jest/globals';

import { readLines } from './lines.ts';

async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  async function* stream() {
    yield* chunks;
  }
  const lines: string[] = [];
  for await (const line of readLines(stream())) lines.push(line);
  return lines;
}

const bytes = (text: string) => new TextEncoder().encode(text);

test('lines come out whole however the stream was cut', async () => {
  const text = bytes('{"a":"Größe"}\n{"b":2}\n\n{"c":3}');
  const expected = ['{"a":"Größe"}', '{"b":2}', '{"c":3}'];
  for (let cut = 0; cut <= text.length; cut++) {
    expect(await linesOf([text.subarray(0, cut), text.subarray(cut)])).toEqual(expected);
  }
  expect(await linesOf([...text].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
});

test('a line without end is an error, not a growing memory', async () => {
  const megabyte = bytes('x'.repeat(1_024 * 1_024));
  await expect(linesOf(Array.from({ length: 18 }, () => megabyte))).rejects.toThrow('a line of more than');
});
