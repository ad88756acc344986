/** What counts as an answer of an echo, and what is wrong with everything else, in the order of the checks (E4). */

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type EchoAnswer, readEchoAnswer, signedText } from './echo-answer.ts';

const SIGNATURE = 'S'.repeat(86);
const ANSWER: EchoAnswer = {
  v: 1,
  echo: 'onprem-1',
  nonce: '150213d4-0001',
  source: '10.240.0.31',
  port: 49_712,
  at: '2026-11-28T03:32:24.419Z',
  sig: SIGNATURE,
};

function reading(message: string, isSigned: (text: string, signature: string) => boolean = () => true) {
  return readEchoAnswer(message, { nonce: '150213d4-0001', echo: 'onprem-1', isSigned });
}
const problemOf = (message: string, isSigned?: () => boolean) => {
  const found = reading(message, isSigned);
  return found.kind === 'invalid' ? found.problem : null;
};
const json = (change: object = {}) => JSON.stringify({ ...ANSWER, ...change });

test('E4: a right answer is one, with a line break behind it too', () => {
  expect(reading(json())).toEqual({ kind: 'answer', answer: ANSWER });
  expect(reading(`${json()}\n`)).toEqual({ kind: 'answer', answer: ANSWER });
});

test('E4: what is signed is everything that is said', () => {
  let signed: unknown[] = [];
  reading(json(), (...args) => {
    signed = args;
    return true;
  });
  expect(signed).toEqual([
    'vigilante-echo/1\nonprem-1\n150213d4-0001\n10.240.0.31\n49712\n2026-11-28T03:32:24.419Z',
    SIGNATURE,
  ]);
});

test.each<[string, string, RegExp]>([
  ['more than 2,048 characters', `${' '.repeat(2_049 - json().length)}${json()}`, /more than 2048 characters/],
  ['nothing', '', /expected an object/],
  ['half an answer', json().slice(0, 60), /expected an object/],
  ['two answers', `${json()}\n${json()}`, /expected an object/],
  ['another version', json({ v: 2 }), /answer\.v: expected/],
  ['no signature', JSON.stringify({ ...ANSWER, sig: undefined }), /answer\.sig: expected a signature/],
  ['a key more', json({ more: 1 }), /unknown key/],
  ['another nonce', json({ nonce: 'other' }), /to the nonce other instead of 150213d4-0001/],
  ['another echo', json({ echo: 'onprem-2' }), /the echo onprem-2 answered instead of onprem-1/],
  ['a port that is none', json({ port: 0 }), /answer\.port: expected/],
  ['a line break in the address', json({ source: `10.0.0.1\n${'x'.repeat(40)}` }), /answer\.source: expected/],
])('E4: %s is invalid', (_what, message, problem) => {
  expect(problemOf(message)).toMatch(problem);
});

test('E4: at 2,048 characters an answer is still read', () => {
  expect(reading(`${' '.repeat(2_048 - json().length)}${json()}`).kind).toBe('answer');
});

test('E4: a signature of another key is invalid, and is asked for last', () => {
  expect(problemOf(json(), () => false)).toBe('the signature is by none of the public keys');
  expect(problemOf(json({ nonce: 'other', echo: 'onprem-2' }), () => false)).toMatch(/nonce/);
  expect(problemOf(json({ echo: 'onprem-2' }), () => false)).toMatch(/the echo onprem-2/);
});

test('E4: no message at all throws', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (message) => reading(message).kind === 'invalid'));
});

test('two different things are never signed with one text', () => {
  const said = { echo: 'a', nonce: 'n', source: '10.0.0.1', port: 1, at: ANSWER.at };
  expect(signedText({ ...said, port: 11 })).not.toBe(signedText(said));
});
