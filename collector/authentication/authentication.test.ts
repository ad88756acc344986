/** Whose token is believed, what is remembered of it and for how long, and what the API server is not asked about. */

import { expect, test } from '@jest/globals';
import type { AgentPod } from '../../domain/connectivity/agent-judgement.ts';
import type { TokenIdentity } from '../../kubernetes/connectivity/token-review.ts';
import { createAuthentication } from './authentication.ts';

const AUDIENCE = 'collector';
const CACHE_MS = 60_000;
const START_MS = 1_000_000;
const POD: AgentPod = { name: 'a', namespace: 'n', uid: 'u', nodeName: 'node-1', bornMs: 0, deleting: false };
const CLAIM = { podName: 'a', nodeName: 'node-1', source: '10.0.0.1' };
const IDENTITY: TokenIdentity = {
  username: 'system:serviceaccount:n:a',
  namespace: 'n',
  podName: 'a',
  podUid: 'u',
  nodeName: 'node-1',
};

interface TokenChange {
  readonly aud?: unknown;
  readonly endMs?: number;
  readonly namespace?: string;
  readonly pod?: object | null;
  readonly node?: string;
  readonly jti?: string;
}

/** As the API server makes them, but for the signature. */
function tokenOf(change: TokenChange = {}): string {
  const { aud = [AUDIENCE], endMs = START_MS + 3_600_000, namespace = 'n', node = 'node-1', jti = '' } = change;
  const pod = change.pod === undefined ? { name: 'a', uid: 'u' } : change.pod;
  const claims = { namespace, ...(pod === null ? {} : { pod }), node: { name: node } };
  const payload = { aud, exp: endMs / 1_000, sub: 'system:serviceaccount:n:a', jti, 'kubernetes.io': claims };
  return [{ alg: 'RS256' }, payload, 'signature']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
}

function setUp(
  answer: (token: string) => Promise<TokenIdentity | null> = async () => IDENTITY,
  pods: readonly AgentPod[] = [POD],
) {
  const at = { nowMs: START_MS, serverMs: START_MS, pods };
  const asked: string[] = [];
  const authentication = createAuthentication({
    reviews: {
      review(token) {
        asked.push(token);
        return answer(token);
      },
    },
    audience: AUDIENCE,
    cacheForMs: CACHE_MS,
    expected: { named: (name) => at.pods.filter((pod) => pod.name === name) },
    clock: { nowMs: () => at.nowMs },
    serverNowMs: () => at.serverMs,
  });
  const check = (token = tokenOf(), claim: Partial<typeof CLAIM> = {}) =>
    authentication.check(`Bearer ${token}`, { ...CLAIM, ...claim });
  return { at, asked, check, authentication };
}

const ACCEPTED = { kind: 'accepted', pod: { namespace: 'n', uid: 'u' } };

test.each([
  [CACHE_MS - 1, 1],
  [CACHE_MS, 2],
])('an answer is remembered for a while: %i ms later there were %i requests', async (laterMs, requests) => {
  const { at, asked, check } = setUp();
  await check();
  at.nowMs += laterMs;
  expect(await check()).toEqual(ACCEPTED);
  expect(asked).toHaveLength(requests);
});

test.each([
  [9_999, 1],
  [10_000, 2],
])(
  'an answer is not remembered beyond the end of its token: %i ms later there were %i requests',
  async (laterMs, requests) => {
    const { at, asked, check } = setUp();
    const token = tokenOf({ endMs: START_MS + 10_000 });
    await check(token);
    at.nowMs += laterMs;
    await check(token);
    expect(asked).toHaveLength(requests);
  },
);

test('twenty reports at once with one token are one request', async () => {
  const { asked, check } = setUp();
  const results = await Promise.all(Array.from({ length: 20 }, () => check()));
  expect(results).toEqual(Array.from({ length: 20 }, () => ACCEPTED));
  expect(asked).toHaveLength(1);
});

test('a refusal is remembered for two seconds, a failure not at all', async () => {
  const refused = setUp(async () => null);
  await refused.check();
  refused.at.nowMs += 1_999;
  expect((await refused.check()).kind).toBe('unauthenticated');
  expect(refused.asked).toHaveLength(1);
  refused.at.nowMs += 1;
  await refused.check();
  expect(refused.asked).toHaveLength(2);

  const failing = setUp(async () => Promise.reject(new Error('away')));
  await expect(failing.check()).rejects.toThrow('away');
  await expect(failing.check()).rejects.toThrow('away');
  expect(failing.asked).toHaveLength(2);
});

test.each<[Partial<TokenIdentity>, string]>([
  [{ podName: null }, 'is bound to no pod'],
  [{ namespace: null }, 'is bound to no pod'],
  [{ podName: 'b' }, 'the token is that of pod b, the report is for a'],
  [{ namespace: 'other' }, 'the token is that of pod other/a with uid u'],
  [{ podUid: 'another' }, 'the token is that of pod n/a with uid another'],
  [{ nodeName: 'node-2' }, 'pod a runs on node node-2, the report is from node-1'],
])('the claims that the API server confirms count, not those in the token: %j', async (change, message) => {
  const { check } = setUp(async () => ({ ...IDENTITY, ...change }));
  expect(await check()).toMatchObject({ kind: 'forbidden', message: expect.stringContaining(message) });
});

test.each<[string, TokenChange, string]>([
  ['for another audience', { aud: ['https://kubernetes.default.svc'] }, 'unauthenticated'],
  ['for no audience', { aud: null }, 'unauthenticated'],
  ['that ended a minute ago', { endMs: START_MS - 60_001 }, 'unauthenticated'],
  ['of another pod', { pod: { name: 'b', uid: 'u' } }, 'forbidden'],
  ['of a pod of that name in another namespace', { namespace: 'other' }, 'forbidden'],
  ['of the pod that had the name before', { pod: { name: 'a', uid: 'before' } }, 'forbidden'],
  ['of a pod on another node', { node: 'node-2' }, 'forbidden'],
  ['that is bound to no pod', { pod: null }, 'forbidden'],
])('the API server is not asked about a token %s', async (_title, change, kind) => {
  const { check, asked } = setUp();
  expect((await check(tokenOf(change))).kind).toBe(kind);
  expect(asked).toEqual([]);
});

test.each([
  'rubbish',
  'a.b',
  'a.b.c',
  'e30.e30.',
  'e30.e30.c2ln',
  `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.c2ln`,
  `${Buffer.from('[]').toString('base64url')}.e30.c2ln`,
])('the API server is not asked about what is no signed token: %s', async (token) => {
  const { check, asked } = setUp();
  expect((await check(token)).kind).toBe('unauthenticated');
  expect(asked).toEqual([]);
});

test('the end of a token is judged by the API server’s clock, however wrong that of this machine is', async () => {
  for (const stepMs of [-86_400_000, 86_400_000]) {
    const { at, check } = setUp();
    at.nowMs += stepMs;
    expect(await check()).toEqual(ACCEPTED);
  }
});

test('a remembered token is refused once its pod was replaced by another of that name', async () => {
  const { at, asked, check } = setUp();
  expect(await check()).toEqual(ACCEPTED);
  at.pods = [{ ...POD, uid: 'v' }];
  expect((await check()).kind).toBe('forbidden');
  at.pods = [POD];
  expect(await check()).toEqual(ACCEPTED);
  expect(asked).toHaveLength(1);
});

test('two expected pods of one name are accepted each with its own token only', async () => {
  const other = { ...POD, namespace: 'other', uid: 'v' };
  const identity = { ...IDENTITY, namespace: 'other', podUid: 'v' };
  const { check } = setUp(async (token) => (token.includes('.') ? identity : null), [POD, other]);
  expect(await check(tokenOf({ namespace: 'other', pod: { name: 'a', uid: 'v' } }))).toEqual({
    kind: 'accepted',
    pod: { namespace: 'other', uid: 'v' },
  });
  expect((await check(tokenOf({ namespace: 'other', pod: { name: 'a', uid: 'u' } }))).kind).toBe('forbidden');
});

test.each([
  [4_999, 1],
  [5_000, 2],
])(
  'the answer about a pod that is not expected is remembered for a short time: after %i ms there were %i requests',
  async (ms, requests) => {
    const { at, asked, check } = setUp(undefined, []);
    expect(await check()).toEqual(ACCEPTED);
    at.nowMs += ms;
    expect(await check()).toEqual(ACCEPTED);
    expect(asked).toHaveLength(requests);
  },
);

test('where the API server names no node for a token, the node of the pod counts', async () => {
  const answer = async () => ({ ...IDENTITY, nodeName: null });
  const token = tokenOf({ node: '' });
  expect(await setUp(answer).check(token)).toEqual(ACCEPTED);
  expect((await setUp(answer, [{ ...POD, nodeName: 'node-2' }]).check(token)).kind).toBe('forbidden');
  expect((await setUp(answer, [{ ...POD, nodeName: null }]).check(token)).kind).toBe('forbidden');
});

test.each([undefined, '', 'Basic abc', 'Bearer', 'Bearer a b', `Bearer ${'x'.repeat(20_000)}`])(
  'without a bearer token the API server is not asked: %s',
  async (header) => {
    const { asked, authentication } = setUp();
    expect((await authentication.check(header, CLAIM)).kind).toBe('unauthenticated');
    expect(asked).toHaveLength(0);
  },
);

/** Differ in what is not looked at. */
const forgeries = (count: number, change: TokenChange = {}) =>
  Array.from({ length: count }, (_, index) => tokenOf({ ...change, jti: `forged-${index}` }));

test('a flood of wrong tokens in the name of a pod costs few requests, and other tokens are still judged', async () => {
  const other: AgentPod = { ...POD, name: 'b', uid: 'v' };
  const honest = tokenOf({ pod: { name: 'b', uid: 'v' }, jti: 'honest' });
  const known = tokenOf({ jti: 'known' });
  const answer = async (token: string) => {
    if (token === honest) return { ...IDENTITY, podName: 'b', podUid: 'v' };
    return token === known ? IDENTITY : null;
  };
  const { at, asked, check } = setUp(answer, [POD, other]);
  expect(await check(known)).toEqual(ACCEPTED);
  for (const token of forgeries(2_000)) await check(token);
  expect(asked.length).toBeLessThan(30);
  const [first = ''] = forgeries(1, { node: 'node-1' });
  at.nowMs += 2_000;
  for (const token of forgeries(2_000)) await check(token);
  expect(await check(`${first.slice(0, -1)}x`)).toMatchObject({ kind: 'limited', waitSeconds: expect.any(Number) });
  // From the same address a token that was never seen, and one whose answer is too old by now.
  expect((await check(honest, { podName: 'b' })).kind).toBe('accepted');
  at.nowMs += CACHE_MS;
  for (const token of forgeries(2_000)) await check(token);
  expect(await check(known)).toEqual(ACCEPTED);
});

test('a flood in the names of unknown pods does not keep an expected pod from its answer', async () => {
  const { asked, check } = setUp(async (token) => (token === tokenOf() ? IDENTITY : null));
  for (let index = 0; index < 5_000; index++) {
    const name = `stranger-${index}`;
    await check(tokenOf({ pod: { name, uid: name } }), { podName: name, source: `10.0.${index % 250}.1` });
  }
  expect(asked.length).toBeLessThan(100);
  expect(await check()).toEqual(ACCEPTED);
});

test('ten thousand agents that start together behind few addresses get their answers within a minute', async () => {
  const pods = Array.from({ length: 10_000 }, (_, index) => ({ ...POD, name: `a-${index}`, uid: `u-${index}` }));
  const byName = new Map(pods.map((pod) => [pod.name, pod]));
  const at = { nowMs: START_MS };
  const identityOf = (token: string): TokenIdentity => {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      'kubernetes.io': { pod: { name: string; uid: string } };
    };
    const { name, uid } = claims['kubernetes.io'].pod;
    return { ...IDENTITY, podName: name, podUid: uid };
  };
  const authentication = createAuthentication({
    reviews: { review: async (token) => identityOf(token) },
    audience: AUDIENCE,
    cacheForMs: CACHE_MS,
    serverNowMs: () => START_MS,
    expected: { named: (name) => [byName.get(name)].filter((pod) => pod !== undefined) },
    clock: { nowMs: () => at.nowMs },
  });
  let waiting = pods;
  for (let second = 0; second < 60 && waiting.length > 0; second++) {
    const later: AgentPod[] = [];
    for (const pod of waiting) {
      const { name, uid } = pod;
      const source = `10.0.0.${Number(name.slice(2)) % 10}`;
      const token = `Bearer ${tokenOf({ pod: { name, uid } })}`;
      const { kind } = await authentication.check(token, { podName: name, nodeName: 'node-1', source });
      if (kind !== 'accepted') later.push(pod);
    }
    waiting = later;
    at.nowMs += 1_000;
  }
  expect(waiting).toEqual([]);
});
