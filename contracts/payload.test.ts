/** Payloads as any client may send them. */

import { expect, test } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import { assert, constantFrom, dictionary, oneof, option, property, record, string, uint8Array } from 'fast-check';
import { isReadable, readPayload } from './payload.ts';
import { UnreadablePayload } from './unreadable-payload.ts';

const bytes = (text: string) => Buffer.from(text);
const payload = (encoding: string, data: string) => ({ metadata: { encoding: bytes(encoding) }, data: bytes(data) });

test.each([
  [payload('json/plain', '{"reason":"why"}'), { reason: 'why' }],
  [payload('json/protobuf', '{"reason":"why"}'), { reason: 'why' }],
  [payload('binary/null', ''), undefined],
  [payload('binary/null', 'rubbish'), undefined],
])('%j is read as %j', (given, value) => {
  expect(readPayload(given)).toEqual(value);
});

test.each([
  [payload('binary/protobuf', 'x'), 'binary/protobuf'],
  [payload('binary/encrypted', 'x'), 'binary/encrypted'],
  [payload('json/plain', '{'), 'json/plain'],
  [payload('json/plain', ''), 'json/plain'],
  [payload('json/protobuf', ''), 'json/protobuf'],
  [{ metadata: { encoding: bytes('json/plain') } }, 'json/plain'],
  [{ metadata: {}, data: bytes('{}') }, null],
  [{ metadata: null, data: bytes('{}') }, null],
  [{}, null],
  [payload('e'.repeat(1_000_000), ''), `${'e'.repeat(59)}…`],
])('%j cannot be read, and is named by its encoding', (given, encoding) => {
  const value = readPayload(given);
  expect(value).toBeInstanceOf(UnreadablePayload);
  expect(value).toEqual({ encoding });
  expect(isReadable(given)).toBe(false);
});

test('a value that is nested deeper than a hundred levels cannot be read', () => {
  const nested = (depth: number) =>
    payload('json/plain', `${'[{"a":"\\\\"},'.repeat(depth / 2)}1${']'.repeat(depth / 2)}`);
  const deep = (depth: number) => payload('json/protobuf', '['.repeat(depth) + ']'.repeat(depth));
  expect(isReadable(nested(100))).toBe(true);
  expect(isReadable(payload('json/plain', JSON.stringify({ text: '[{\\"['.repeat(300) })))).toBe(true);
  expect(readPayload(deep(100))).not.toBeInstanceOf(UnreadablePayload);
  expect(readPayload(deep(101))).toBeInstanceOf(UnreadablePayload);
  expect(readPayload(deep(500_000))).toBeInstanceOf(UnreadablePayload);
  expect(isReadable(nested(300))).toBe(false);
});

test('no payload makes the reader throw, and what it calls readable the default converter reads', () => {
  const encodings = constantFrom('json/plain', 'json/protobuf', 'binary/null', 'binary/plain', 'binary/protobuf');
  const metadata = dictionary(
    constantFrom('encoding', 'messageType', '__proto__'),
    oneof(encodings, string()).map(bytes),
  );
  assert(
    property(
      record({ metadata: option(metadata), data: option(oneof(uint8Array(), string().map(bytes))) }),
      (given) => {
        readPayload(given);
        if (isReadable(given)) defaultPayloadConverter.fromPayload(given);
      },
    ),
    { numRuns: 2_000 },
  );
});
