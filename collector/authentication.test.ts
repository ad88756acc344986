/** What is remembered of a token, and for how long. */

import { expect, test } from '@jest/globals';
import type { TokenIdentity } from '../kubernetes/token-review.ts';
import { createAuthentication } from './authentication.ts';

const IDENTITY: TokenIdentity = { username: 'system:serviceaccount:n:a', podName: 'a', nodeName: 'node-1' };
const CLAIM = { podName: 'a', nodeName: 'node-1' };
const CACHE_MS = 60_000;

function setUp(
  answer: () => Promise<TokenIdentity | null> = async () => IDENTITY,
  nodes: Readonly<Record<string, string>> = {},
) {
  const at = { nowMs: 1_000_000 };
  const asked: string[] = [];
  const authentication = createAuthentication({
    reviews: {
      review(token) {
        asked.push(token);
        return answer();
      },
    },
    cacheForMs: CACHE_MS,
    nodeOfPod: ({ namespace, name }) => nodes[`${namespace}/${name}`] ?? null,
    now: () => at.nowMs,
  });
  return { at, asked, check: (token: string) => authentication.check(`Bearer ${token}`, CLAIM) };
}

/** A token that says when it ends; nothing of it is signed. */
const tokenUntil = (endMs: number) =>
  `h.${Buffer.from(JSON.stringify({ exp: endMs / 1_000 })).toString('base64url')}.s`;

test.each([
  [CACHE_MS - 1, 1],
  [CACHE_MS, 2],
])('an answer is asked for again after its time: %i ms later %i requests', async (laterMs, requests) => {
  const { at, asked, check } = setUp();
  await check('t');
  at.nowMs += laterMs;
  expect(await check('t')).toEqual({ kind: 'accepted' });
  expect(asked).toHaveLength(requests);
});

test.each([
  [9_999, 1],
  [10_000, 2],
])('a token is not believed beyond the end that it names: %i ms later %i requests', async (laterMs, requests) => {
  const { at, asked, check } = setUp();
  const token = tokenUntil(at.nowMs + 10_000);
  await check(token);
  at.nowMs += laterMs;
  await check(token);
  expect(asked).toHaveLength(requests);
});

test('many reports with one token at a time ask once', async () => {
  const { asked, check } = setUp();
  await Promise.all(Array.from({ length: 20 }, () => check('t')));
  expect(asked).toHaveLength(1);
});

test('a refusal is remembered for two seconds, a failure not at all', async () => {
  const refused = setUp(async () => null);
  await refused.check('t');
  refused.at.nowMs += 1_999;
  expect((await refused.check('t')).kind).toBe('unauthenticated');
  expect(refused.asked).toHaveLength(1);
  refused.at.nowMs += 1;
  await refused.check('t');
  expect(refused.asked).toHaveLength(2);

  const failing = setUp(async () => Promise.reject(new Error('away')));
  await expect(failing.check('t')).rejects.toThrow('away');
  await expect(failing.check('t')).rejects.toThrow('away');
  expect(failing.asked).toHaveLength(2);
});

test.each([
  [{ ...IDENTITY, podName: null }, 'is bound to no pod'],
  [{ ...IDENTITY, podName: 'b' }, 'the token is that of pod b, the report is for a'],
  [{ ...IDENTITY, nodeName: 'node-2' }, 'pod a runs on node node-2, the report is from node-1'],
  [{ ...IDENTITY, nodeName: null }, 'on a node that is not known'],
])('a good token of somebody else is forbidden: %j', async (identity, message) => {
  const { check } = setUp(async () => identity);
  expect(await check('t')).toMatchObject({ kind: 'forbidden', message: expect.stringContaining(message) });
});

test.each([
  [{ 'n/a': 'node-1' }, 'accepted'],
  [{ 'n/a': 'node-2' }, 'forbidden'],
  [{ 'other/a': 'node-1' }, 'forbidden'],
])(
  'where the API server does not tell the node of a token, that of the pod in the cache %j: %s',
  async (nodes, kind) => {
    const { check } = setUp(async () => ({ ...IDENTITY, nodeName: null }), nodes);
    expect((await check('t')).kind).toBe(kind);
  },
);

test.each([undefined, '', 'Basic abc', 'Bearer', 'Bearer a b', `Bearer ${'x'.repeat(20_000)}`])(
  'without a bearer token nobody is asked: %s',
  async (header) => {
    const { asked } = setUp();
    const authentication = createAuthentication({
      reviews: { review: async () => Promise.reject(new Error('asked')) },
      cacheForMs: CACHE_MS,
      nodeOfPod: () => null,
      now: () => 0,
    });
    expect((await authentication.check(header, CLAIM)).kind).toBe('unauthenticated');
    expect(asked).toHaveLength(0);
  },
);
