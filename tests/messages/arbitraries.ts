/** Arbitrary messages and inputs: from nearly right to bytes of any kind. */

import type { Payload } from '@temporalio/common';
import * as fc from 'fast-check';
import { jsonPayload, type RawMessage, type RawStart, textPayload } from './raw-client.ts';

const ENCODINGS = [
  'json/plain',
  'json/protobuf',
  'binary/null',
  'binary/plain',
  'binary/protobuf',
  'binary/encrypted',
  'json/external-storage-reference',
  '',
  'JSON/PLAIN',
];
/** Texts that are JSON, nearly JSON, or have undone parsers before. */
const TEXTS = [
  '',
  '{',
  'NaN',
  '{"reason":NaN}',
  '"\\ud800"',
  '{"\\udc00":"\\ud83d"}',
  '\u0000',
  '1e999',
  '-0',
  '"x"',
  '{"__proto__":{"reason":"x"}}',
  '{"constructor":{"prototype":{"reason":1}}}',
  '{"toJSON":1,"then":2}',
  '['.repeat(5_000),
  '['.repeat(5_000) + ']'.repeat(5_000),
  '{"a":'.repeat(3_000) + '1' + '}'.repeat(3_000),
  `{"reason":"${'r'.repeat(200_000)}"}`,
  `{"${'k'.repeat(100_000)}":1}`,
];
const SIGNALS = ['restartHealing', 'nodeChanged', 'pauseWatching', 'resumeWatching', 'changePolicy'];
const QUERIES = ['healingStatus', 'connectivityStatus', '__stack_trace', '__temporal_workflow_metadata'];
const RESERVED = [
  '__temporal_signal',
  '__stack_trace',
  '__enhanced_stack_trace',
  '__proto__',
  'constructor',
  'toString',
];
const NUMBERS = [0, -1, 0.5, 1, 1e300, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, -0];
const ARGUMENTS_MANY = 2_000;

const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.integer());
const known = fc.oneof(
  fc.record({ reason: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()) }),
  fc.record({ kind: fc.constantFrom('present', 'gone', 'x'), facts: fc.jsonValue() }),
  fc.record({
    intervalMs: number,
    failuresToAlarm: number,
    restartHealing: fc.boolean(),
    searchAttributes: fc.boolean(),
  }),
);
const json = fc.oneof(known, fc.jsonValue()).map((value) => JSON.stringify(value));

const payload: fc.Arbitrary<Payload> = fc
  .record({
    encoding: fc.option(fc.oneof(fc.constantFrom(...ENCODINGS), fc.string({ maxLength: 20 }))),
    data: fc.oneof(json, fc.constantFrom(...TEXTS), fc.uint8Array({ maxLength: 200 })),
  })
  .map(({ encoding, data }) => ({
    metadata: encoding === null ? {} : { encoding: Buffer.from(encoding) },
    data: Buffer.from(data),
  }));

const payloads = fc.oneof(
  { weight: 9, arbitrary: fc.array(payload, { maxLength: 4 }) },
  {
    weight: 1,
    arbitrary: payload.map((one) => Array.from({ length: ARGUMENTS_MANY }, () => ({ ...one, data: new Uint8Array() }))),
  },
);
const name = (ours: readonly string[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...ours) },
    { weight: 1, arbitrary: fc.constantFrom(...RESERVED) },
    { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 300 }).map((text) => text.toWellFormed()) },
  );
const headers = fc.dictionary(fc.constantFrom('tracing', '__temporal_x', '_'), payload, { maxKeys: 2 });

export const messages: fc.Arbitrary<RawMessage[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('signal' as const), name: name(SIGNALS), payloads, headers }),
    fc.record({ kind: fc.constant('query' as const), name: name(QUERIES), payloads, headers }),
    fc.record({ kind: fc.constant('update' as const), name: name(['evaluateNow']), payloads, headers }),
  ),
  { minLength: 1, maxLength: 8 },
);

export type Start = Pick<RawStart, 'payloads' | 'memo' | 'searchAttributes'>;

/** A right input with something wrong in it, or payloads of any kind; a memo and search attributes of any kind. */
export function starts(right: { readonly cluster: string; readonly policy: object }): fc.Arbitrary<Start> {
  const wrong = fc.oneof(number, fc.string({ unit: 'binary' }), fc.jsonValue());
  const changed = fc.dictionary(fc.constantFrom('cluster', 'node', 'policy', 'more\ud800'), wrong, { maxKeys: 2 });
  const policy = fc.dictionary(fc.constantFrom(...Object.keys(right.policy), 'x'), wrong, { maxKeys: 2 });
  const nearly = fc
    .record({ changed, policy })
    .map((change) => [jsonPayload({ ...right, policy: { ...right.policy, ...change.policy }, ...change.changed })]);
  const inputs: fc.Arbitrary<Payload[]> = fc.oneof(nearly, fc.constant<Payload[]>([jsonPayload(right)]), payloads);
  const memo = fc.dictionary(fc.constantFrom('vigilanteState', 'note', 'x'), payload, { maxKeys: 2 });
  const value = fc.oneof(payload, fc.constantFrom(textPayload('binary/null', ''), jsonPayload([]), jsonPayload(null)));
  const searchAttributes = fc.dictionary(fc.constantFrom('VigilanteState', 'VigilanteCluster'), value, { maxKeys: 2 });
  return fc
    .tuple(inputs, memo, searchAttributes)
    .map(([given, memoOfStart, attributes]) => ({ payloads: given, memo: memoOfStart, searchAttributes: attributes }));
}

/** What a sequence puts into a history, at least. */
export function bytesOf(sent: readonly Payload[]): number {
  return sent.reduce((sum, { metadata, data }) => {
    const names = Object.values(metadata ?? {}).reduce((bytes, value) => bytes + value.length + 20, 0);
    return sum + names + (data?.length ?? 0) + 10;
  }, 0);
}
