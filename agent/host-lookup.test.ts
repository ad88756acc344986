/** Lookups with a resolver that hangs, fails or counts. */

import type { LookupAddress } from 'node:dns';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createHostLookup, lookupFunction, lookupWithin } from './host-lookup.ts';

const ADDRESS: LookupAddress = { address: '192.0.2.1', family: 4 };

/** A resolver whose answers the test gives; it tells which names it was asked for. */
function heldResolver() {
  const asked: string[] = [];
  const answers = new Map<string, PromiseWithResolvers<readonly LookupAddress[]>>();
  return {
    asked,
    answer: (host: string) => answers.get(host)?.resolve([ADDRESS]),
    resolve: (host: string) => {
      asked.push(host);
      const answer = Promise.withResolvers<readonly LookupAddress[]>();
      answers.set(host, answer);
      return answer.promise;
    },
  };
}

test('a name is not looked up a second time while its lookup runs, but again afterwards', async () => {
  const resolver = heldResolver();
  const lookup = createHostLookup('collector', resolver.resolve);
  const both = [lookup('a'), lookup('a')];
  await turn();
  resolver.answer('a');
  for (const one of both) expect((await one).addresses).toEqual([ADDRESS]);
  expect(resolver.asked).toEqual(['a']);
  void lookup('a');
  await turn();
  expect(resolver.asked).toEqual(['a', 'a']);
});

test('three names are looked up at a time, and the next one when a lookup ends; the name of the collector never waits', async () => {
  const resolver = heldResolver();
  const lookup = createHostLookup('collector', resolver.resolve);
  for (const host of ['a', 'b', 'c', 'd', 'e', 'collector']) void lookup(host);
  await turn();
  expect(resolver.asked.toSorted()).toEqual(['a', 'b', 'c', 'collector']);
  resolver.answer('b');
  await turn();
  expect(resolver.asked.slice(4)).toEqual(['d']);
});

test('the wait for a thread is not part of the time of a lookup', async () => {
  const resolver = heldResolver();
  const lookup = createHostLookup('collector', resolver.resolve);
  for (const host of ['a', 'b', 'c']) void lookup(host);
  const waiting = lookup('d');
  await turn();
  const releasedMs = performance.now();
  resolver.answer('a');
  await turn();
  resolver.answer('d');
  expect((await waiting).startedMs).toBeGreaterThanOrEqual(releasedMs);
});

test('a lookup that fails is answered with the reason', async () => {
  const lookup = createHostLookup('collector', () => Promise.reject(new Error('getaddrinfo ENOTFOUND a')));
  expect(await lookup('a')).toMatchObject({ addresses: [], error: 'getaddrinfo ENOTFOUND a' });
});

test('a resolver that hangs is given up after the time limit', async () => {
  const lookup = createHostLookup('collector', heldResolver().resolve);
  expect(await lookupWithin(lookup, 'a', 20)).toMatchObject({ addresses: [], error: 'no answer within 0.02 s' });
});

test('a name beyond the limit of waiting lookups is refused at once', async () => {
  const lookup = createHostLookup('collector', heldResolver().resolve);
  for (let index = 0; index < 2_000; index += 1) void lookup(`host-${index}`);
  expect(await lookup('one-more')).toMatchObject({ error: 'too many lookups are under way' });
});

test.each([
  { all: true, result: [null, [ADDRESS], undefined] },
  { all: false, result: [null, ADDRESS.address, ADDRESS.family] },
])('a connection gets one address or all of them, as it asks: all $all', async ({ all, result }) => {
  const lookup = createHostLookup('collector', () => Promise.resolve([ADDRESS]));
  const got = await new Promise((resolve) => {
    lookupFunction(lookup, () => {})('a', { all }, (error, address, family) => resolve([error, address, family]));
  });
  expect(got).toEqual(result);
});
