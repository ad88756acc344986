/** Authentication by the real TokenReview: pod-bound tokens of a real API server, good, foreign, expired and misused. */

import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { type ApiServerPods, createAgentPods } from './agent-pods.ts';
import { boundToken } from './bound-token.ts';
import type { Answer } from './collector-call.ts';
import { type CollectorWorld, reportBody, startCollectorWorld } from './collector-world.ts';

const NAMESPACE = 'agents';
const TENANT = 'tenant';
const NODE = 'node-1';
const AUDIENCE = 'vigilante-collector';
let apiServer: TestApiServer;
let pods: ApiServerPods;
/** Of somebody who has a namespace in the cluster, on the same node. */
let tenant: ApiServerPods;
let world: CollectorWorld;

beforeAll(async () => {
  apiServer = await startApiServer();
  pods = await createAgentPods(apiServer.admin, { namespace: NAMESPACE, node: NODE });
  await pods.add('a1');
  await pods.add('a2');
  tenant = await createAgentPods(apiServer.admin, { namespace: TENANT, node: NODE });
  world = await startCollectorWorld({
    apiServer,
    store: 'embedded',
    config: { authentication: { kind: 'token-review', audience: AUDIENCE, cacheFor: '1m' } },
  });
});

afterAll(async () => {
  await world?.stop();
  await apiServer?.stop();
});

const tokenOf = (pod: string | null, audience = AUDIENCE) =>
  boundToken(apiServer.admin, { namespace: NAMESPACE, pod, audience });

function post(name: string, token: string | null, nodename = NODE): Promise<Answer> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  return world.call('POST', `/api/v1/agents/${name}`, { body: reportBody(name, { nodename }), headers });
}

const untilKnown = (holds: () => boolean, what: string) =>
  waitUntil(async () => holds(), { what: `the collector to know ${what}`, timeoutMs: 120_000 });

const errorOf = ({ text }: Answer) => (JSON.parse(text) as { error: string }).error;

test('a token that is signed again with the right key is accepted', async () => {
  expect((await post('a1', await resigned(await tokenOf('a1'), {}))).status).toBe(200);
});

test('a report with the token of its own pod on its own node is taken', async () => {
  expect((await post('a1', await tokenOf('a1'))).status).toBe(200);
  expect((await world.call('GET', '/api/v1/agents/a1')).status).toBe(200);
});

test('a report without a token is refused, and nothing is stored', async () => {
  const answer = await post('a2', null);
  expect({ status: answer.status, header: answer.headers['www-authenticate'] }).toEqual({
    status: 401,
    header: 'Bearer',
  });
  expect((await world.call('GET', '/api/v1/agents/a2')).status).toBe(404);
});

test('the token of another pod is refused with the names of both', async () => {
  const answer = await post('a2', await tokenOf('a1'));
  expect(answer.status).toBe(403);
  expect(errorOf(answer)).toBe('the token is that of pod a1, the report is for a2');
});

test('a report for a pod on another node is refused', async () => {
  const answer = await post('a1', await tokenOf('a1'), 'node-2');
  expect(answer.status).toBe(403);
  expect(errorOf(answer)).toBe('pod a1 runs on node node-1, the report is from node-2');
});

test('a pod of the agent’s name in another namespace, on the same node, cannot report for it', async () => {
  await tenant.add('a1', { labels: { app: 'something-else' } });
  const token = await boundToken(apiServer.admin, { namespace: TENANT, pod: 'a1', audience: AUDIENCE });
  const answer = await post('a1', token);
  expect({ status: answer.status, error: errorOf(answer) }).toMatchObject({
    status: 403,
    error: expect.stringMatching(
      /^the token is that of pod tenant\/a1 .*; the pod that is expected .* namespace agents$/,
    ),
  });
  await tenant.remove('a1');
});

test('two expected pods of one name on one node report each for itself', async () => {
  await tenant.add('a1');
  await untilKnown(() => world.collector.cluster.podsNamed('a1').length === 2, 'both pods');
  const tokens = [
    await tokenOf('a1'),
    await boundToken(apiServer.admin, { namespace: TENANT, pod: 'a1', audience: AUDIENCE }),
  ];
  for (const [index, token] of tokens.entries()) {
    const body = reportBody('a1', { uptime: 100 + index });
    const headers = { authorization: `Bearer ${token}` };
    expect((await world.call('POST', '/api/v1/agents/a1', { body, headers })).status).toBe(200);
  }
  const uptimes = [NAMESPACE, TENANT].map(async (namespace) => {
    const { text } = await world.call('GET', `/api/v2/agents/${namespace}/a1`);
    return (JSON.parse(text) as { report: { uptime: number } }).report.uptime;
  });
  expect(await Promise.all(uptimes)).toEqual([100, 101]);
  await tenant.remove('a1');
  await untilKnown(() => world.collector.cluster.podsNamed('a1').length === 1, 'one pod');
});

test('a token that is remembered is refused as soon as another pod has the name', async () => {
  await pods.add('a4');
  const token = await tokenOf('a4');
  expect((await post('a4', token)).status).toBe(200);
  const [before] = world.collector.cluster.podsNamed('a4');
  await pods.remove('a4');
  await pods.add('a4');
  await untilKnown(() => {
    const [now] = world.collector.cluster.podsNamed('a4');
    return now !== undefined && now.uid !== before?.uid;
  }, 'the new pod');
  expect((await post('a4', token)).status).toBe(403);
  expect((await post('a4', await tokenOf('a4'))).status).toBe(200);
  await pods.remove('a4');
});

test('an agent in the network of its node reports with its token like any other', async () => {
  const spec = { hostNetwork: true };
  await pods.add('netchecker-agent-hostnet-1', { labels: { app: 'netchecker-agent-hostnet' }, spec });
  const token = await tokenOf('netchecker-agent-hostnet-1');
  expect((await post('netchecker-agent-hostnet-1', token)).status).toBe(200);
});

test('a flood of different wrong tokens costs few requests, and honest agents still report', async () => {
  const good = await tokenOf('a2');
  const forged = async (index: number) => `${(await tokenOf('a1')).slice(0, -8)}${String(index).padStart(8, 'A')}`;
  const wrong = await Promise.all(Array.from({ length: 60 }, (_, index) => forged(index)));
  const rubbish = Array.from({ length: 200 }, (_, index) => `abc.def.${index}`);
  const before = await reviews();
  const answers = await Promise.all([...wrong, ...rubbish].map((token) => post('a1', token)));
  expect(answers.filter(({ status }) => status === 200)).toEqual([]);
  expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
  expect((await post('a2', good)).status).toBe(200);
  // A share of twenty, with what fills up meanwhile, and the good one.
  expect((await reviews()) - before).toBeLessThan(50);
  world.advance(60_000);
});

test.each<[string, () => Promise<string>, number]>([
  ['for another audience', () => tokenOf('a1', 'https://kubernetes.default.svc'), 401],
  ['that is bound to no pod', () => tokenOf(null), 403],
  ['that is rubbish', async () => 'abc.def.ghi', 401],
  ['with a signature that was tampered with', async () => `${(await tokenOf('a1')).slice(0, -6)}AAAAAA`, 401],
  ['that has expired', async () => resigned(await tokenOf('a1'), { expSeconds: -60 }), 401],
  ['that another cluster signed', async () => resigned(await tokenOf('a1'), { foreignKey: true }), 401],
  ['of the administrator', async () => apiServer.adminToken, 401],
])('a token %s is refused', async (_title, token, status) => {
  expect((await post('a1', await token())).status).toBe(status);
});

test('an answer is remembered: the next report with that token makes no request', async () => {
  const token = await tokenOf('a1');
  expect((await post('a1', token)).status).toBe(200);
  const asked = await reviews();
  expect((await post('a1', token)).status).toBe(200);
  expect(await reviews()).toBe(asked);
});

test('with the API server away, remembered tokens are still accepted and new ones are answered 503', async () => {
  const known = await tokenOf('a1');
  const unknown = await tokenOf('a2');
  expect((await post('a1', known)).status).toBe(200);
  await apiServer.kill();
  try {
    expect((await post('a1', known)).status).toBe(200);
    const answer = await post('a2', unknown);
    expect({ status: answer.status, error: errorOf(answer) }).toMatchObject({
      status: 503,
      error: expect.stringContaining('the report was not stored'),
    });
  } finally {
    await apiServer.restart();
  }
  const isTaken = async () => (await post('a2', unknown)).status === 200;
  await waitUntil(isTaken, { what: 'the new token to be taken', timeoutMs: 120_000 });
});

test('the token of a pod that is gone is refused once its answer is forgotten', async () => {
  await pods.add('a3');
  const token = await tokenOf('a3');
  expect((await post('a3', token)).status).toBe(200);
  await pods.remove('a3');
  // The API server itself remembers a good token for ten seconds.
  const isRefused = async () => {
    world.advance(61_000);
    return (await post('a3', token)).status === 401;
  };
  await waitUntil(isRefused, { what: 'the token of a pod that is gone to be refused', timeoutMs: 120_000 });
});

/** The claims of a token with another end, signed as the API server does, or by somebody else. */
async function resigned(token: string, change: { expSeconds?: number; foreignKey?: boolean }): Promise<string> {
  const [header = '', payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number };
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const exp = change.expSeconds === undefined ? claims.exp : nowSeconds + change.expSeconds;
  const changed = Buffer.from(JSON.stringify({ ...claims, exp })).toString('base64url');
  const key = change.foreignKey
    ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    : createPrivateKey(await apiServer.serviceAccountKey());
  const signed = `${header}.${changed}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
}

/** TokenReviews that the collector has asked for. */
async function reviews(): Promise<number> {
  const { text } = await world.call('GET', '/metrics');
  const line = text.split('\n').find((one) => one.includes('resource="tokenreviews"') && one.includes('verb="create"'));
  return Number(line?.split(' ').at(-1) ?? 0);
}
