/** What the answers of echoes make of a pod: tables over every kind of answer (E1, E5 to E7). */

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SourceKind } from './pod-evidence.ts';
import { type EndpointAnswer, judgeSource, type PodAddresses, sourceKind } from './source-verdict.ts';

const OWN = '10.240.0.31';
const OWN_6 = 'fd00::31';
const NODE = '10.240.0.4';
const NODE_OUTSIDE = '20.1.2.3';
const OTHER = '192.0.2.9';

const ADDRESSES: PodAddresses = { pod: [OWN, OWN_6], host: [NODE], node: [NODE, NODE_OUTSIDE] };

const saw = (source: string, endpoint = 'a'): EndpointAnswer => ({ kind: 'answer', endpoint, source });
const invalid = (endpoint = 'a'): EndpointAnswer => ({ kind: 'invalid', endpoint, problem: 'another nonce' });
const none = (endpoint = 'a'): EndpointAnswer => ({ kind: 'none', endpoint, problem: 'exit 7', isUnreached: true });

function verdictOf(answers: readonly EndpointAnswer[], require: 'all' | 'any' = 'all', addresses = ADDRESSES) {
  const { verdict, by, endpoint } = judgeSource(answers, { addresses, require });
  return [verdict, by, endpoint];
}

test.each<[string, EndpointAnswer, PodAddresses, SourceKind]>([
  ["the pod's address", saw(OWN), ADDRESSES, 'own'],
  ["the pod's second address", saw(OWN_6), ADDRESSES, 'own'],
  ["the host's address", saw(NODE), ADDRESSES, 'node'],
  ["the node's outer address", saw(NODE_OUTSIDE), ADDRESSES, 'node'],
  ['an address of nobody', saw(OTHER), ADDRESSES, 'other'],
  ['an answer that is not believed', invalid(), ADDRESSES, 'invalid'],
  ['no answer', none(), ADDRESSES, 'none'],
  ['an address, of a pod that has none', saw(OWN), { ...ADDRESSES, pod: [] }, 'none'],
  ["the host's address, of a pod that has none", saw(NODE), { ...ADDRESSES, pod: [] }, 'none'],
  ["the host's address, which the pod has too", saw(NODE), { ...ADDRESSES, pod: [NODE] }, 'none'],
  ["the pod's address beside the host's", saw(OWN), { ...ADDRESSES, pod: [OWN, NODE] }, 'none'],
])('E5: %s', (_what, answer, addresses, kind) => {
  expect(sourceKind(answer, addresses)).toBe(kind);
});

test.each<[string, PodAddresses]>([
  ['no address', { ...ADDRESSES, pod: [] }],
  ['the address of its host', { ...ADDRESSES, pod: [NODE] }],
  ['an address of its own and that of its host', { ...ADDRESSES, pod: [OWN, NODE] }],
])('E5: a pod with %s shows nothing, whatever was seen', (_what, addresses) => {
  for (const source of [OWN, NODE, OTHER]) {
    expect(judgeSource([saw(source)], { addresses, require: 'any' })).toEqual({
      verdict: 'silent',
      by: null,
      address: null,
      endpoint: null,
      detail: 'the pod has no address of its own',
    });
  }
});

const ANSWERS: Readonly<Record<string, (endpoint: string) => EndpointAnswer>> = {
  own: (endpoint) => saw(OWN, endpoint),
  own6: (endpoint) => saw(OWN_6, endpoint),
  node: (endpoint) => saw(NODE, endpoint),
  outside: (endpoint) => saw(NODE_OUTSIDE, endpoint),
  other: (endpoint) => saw(OTHER, endpoint),
  invalid,
  none,
};

test.each([
  ['own', 'proven own a', 'proven own a'],
  ['own own6', 'proven own a', 'proven own a'],
  ['own none', 'silent', 'proven own a'],
  ['none own', 'silent', 'proven own b'],
  ['own invalid', 'silent', 'proven own a'],
  ['own own none invalid', 'silent', 'proven own a'],
  ['invalid', 'silent', 'silent'],
  ['none invalid', 'silent', 'silent'],
  ['node', 'refuted node a', 'refuted node a'],
  ['other', 'refuted other a', 'refuted other a'],
  ['own node', 'refuted node b', 'refuted node b'],
  ['own other', 'refuted other b', 'refuted other b'],
  ['other node', 'refuted node b', 'refuted node b'],
  ['none outside', 'refuted node b', 'refuted node b'],
  ['', 'silent', 'silent'],
])('E6: the answers "%s" are %s where all must prove, and %s where any may', (words, all, any) => {
  const answers = words.split(' ').flatMap((word, index) => ANSWERS[word]?.(['a', 'b', 'c', 'd'][index] ?? '') ?? []);
  const shown = (require: 'all' | 'any') =>
    verdictOf(answers, require)
      .filter((part) => part !== null)
      .join(' ');
  expect([shown('all'), shown('any')]).toEqual([all, any]);
});

test('E7: who reads the detail learns which endpoint saw which address, and which it should have seen', () => {
  const detailOf = (...answers: EndpointAnswer[]) =>
    judgeSource(answers, { addresses: ADDRESSES, require: 'all' }).detail;
  expect(detailOf(saw(NODE))).toBe(`SNATed: a saw the node's ${NODE} instead of ${OWN} or ${OWN_6}`);
  expect(detailOf(saw(OTHER))).toBe(`SNATed: a saw ${OTHER} instead of ${OWN} or ${OWN_6}`);
  expect(detailOf(saw(OWN, 'a'), saw(OWN_6, 'b'))).toBe(`a, b saw the pod's own ${OWN}`);
  expect(detailOf(saw(OWN, 'a'), none('b'), invalid('c'))).toBe('b: exit 7; c: another nonce');
});

test('E7: the finding names the address that was seen', () => {
  for (const source of [OWN, NODE, OTHER]) {
    expect(judgeSource([saw(source)], { addresses: ADDRESSES, require: 'all' }).address).toBe(source);
  }
});

const anyAnswer = fc
  .record({ endpoint: fc.constantFrom('a', 'b', 'c', 'd'), what: fc.constantFrom(OWN, NODE, OTHER, 'invalid', 'none') })
  .map(({ endpoint, what }) => {
    if (what === 'invalid') return invalid(endpoint);
    return what === 'none' ? none(endpoint) : saw(what, endpoint);
  });

test('E1, E6: one foreign address refutes, nothing but own addresses proves, and any proves whatever all do', () => {
  fc.assert(
    fc.property(fc.array(anyAnswer, { maxLength: 4 }), (answers) => {
      const kinds = answers.map((answer) => sourceKind(answer, ADDRESSES));
      const isForeign = kinds.includes('node') || kinds.includes('other');
      const [all] = verdictOf(answers, 'all');
      const [any] = verdictOf(answers, 'any');
      expect(all === 'refuted').toBe(isForeign);
      expect(any === 'refuted').toBe(isForeign);
      expect(all === 'proven').toBe(kinds.length > 0 && kinds.every((kind) => kind === 'own'));
      expect(any === 'proven').toBe(!isForeign && kinds.includes('own'));
    }),
  );
});
