/** A removed API that is really asked for, and the gauge that stays when nobody asks any more, on a real Prometheus. */

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { PreflightDeps, PreflightSettings } from '../../../activities/upgrade/preflight/deps.ts';
import { isBlocking } from '../../../domain/upgrade/check.ts';
import { connectCluster } from '../../../kubernetes/client/connection.ts';
import { type ApiServers, createApiServers } from '../../../kubernetes/upgrade/api-servers.ts';
import { createJsonClient, type JsonClient } from '../../../runtime/json-client.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { type PrometheusServer, startPrometheus } from '../alerts/prometheus-server.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { acceptance, checkOne, type PreflightWorld, preflightWorld } from './preflight-world.ts';
import { type SecondApiServer, startSecondApiServer } from './second-api-server.ts';

jest.setTimeout(300_000);

const API = '/apis/networking.k8s.io/v1beta1/ipaddresses';
const NAME = 'ipaddresses.v1beta1.networking.k8s.io';
const LOOK_BACK_MS = 20_000;
const WAIT = { timeoutMs: 120_000, pollMs: 1_000 };

let first: TestApiServer;
let second: SecondApiServer;
let world: PreflightWorld;
let both: ApiServers;
let prometheus: PrometheusServer;
let client: JsonClient;

beforeAll(async () => {
  first = await startApiServer();
  second = await startSecondApiServer(first, ['--runtime-config=networking.k8s.io/v1beta1=true']);
  world = preflightWorld(first.kubeconfig('admin'), first.url);
  const addresses = [first.url, second.url].map((url) => ({ url, serverName: null, node: null }));
  both = createApiServers({
    cluster: world.connection,
    configured: addresses,
    connect: ({ url }) =>
      connectCluster({ kubeconfig: url === second.url ? second.kubeconfig : first.kubeconfig('admin') }),
  });
  prometheus = await startPrometheus({
    interval: '2s',
    rules: { groups: [] },
    scrapeConfigs: [
      {
        job_name: 'apiserver',
        scheme: 'https',
        tls_config: { insecure_skip_verify: true },
        authorization: { credentials: second.token },
        static_configs: [{ targets: [new URL(second.url).host] }],
      },
    ],
  });
  client = createJsonClient({ url: prometheus.url, bodyBytesMax: 4_000_000 });
});

afterAll(async () => {
  await client?.close();
  await prometheus?.stop();
  await both?.close();
  await world?.close();
  await second?.stop();
  await first?.stop();
});

function ask(deps: Partial<PreflightDeps> = {}, settings: Partial<PreflightSettings> = {}) {
  return checkOne(world.deps({ apiServers: both, ...deps }, { lookBackMs: LOOK_BACK_MS, ...settings }), 'removed-apis');
}

const withPrometheus = () => ({ prometheus: { client, lookBackMs: LOOK_BACK_MS } });

test('M7: an API that goes and that nobody asked for does not block', async () => {
  expect(await ask()).toMatchObject({ answer: 'ok', detail: expect.stringContaining('counts for') });
});

test('M7: one that was asked for blocks, though only one of two API servers was asked', async () => {
  await second.admin.demand('GET', API);
  expect(await ask()).toMatchObject({ answer: 'block', objects: [NAME] });
  const alone = await checkOne(world.deps(), 'removed-apis');
  expect(alone.answer).toBe('ok');
  const accepted = await ask({}, { accept: [acceptance('removed-apis', NAME)] });
  expect([accepted.accepted?.reason, isBlocking(accepted)]).toEqual(['CHG-4711', false]);
});

test('M7: Prometheus says that it was asked for in the look-back', async () => {
  const isSeen = async () => (await ask(withPrometheus())).detail.includes('h as well');
  await waitUntil(isSeen, { what: 'Prometheus to know the request', ...WAIT });
  expect(await ask(withPrometheus())).toMatchObject({ answer: 'block', objects: [NAME] });
});

test('M7: the gauge stays 1 when the look-back has no request any more, and then it only warns', async () => {
  const isOver = async () => (await ask(withPrometheus())).answer === 'warn';
  await waitUntil(isOver, { what: 'the request to be over', ...WAIT });
  expect(await ask(withPrometheus())).toMatchObject({ answer: 'warn', objects: [NAME] });
  // Without Prometheus the gauge alone is known.
  expect(await ask()).toMatchObject({ answer: 'block', objects: [NAME] });
  const [sample] = await prometheus.query(`apiserver_requested_deprecated_apis{resource="ipaddresses"}`);
  expect(sample?.value).toBe(1);
});

test('M7: a second request of a series that is old already is seen as well', async () => {
  await second.admin.demand('GET', API);
  const isSeen = async () => (await ask(withPrometheus())).answer === 'block';
  await waitUntil(isSeen, { what: 'Prometheus to know the second request', ...WAIT });
});

test('M7: a Prometheus that does not answer, or does not look at the API servers, leaves the gauge', async () => {
  const blind = createJsonClient({ url: 'http://127.0.0.1:1', bodyBytesMax: 1_000 });
  const found = await ask({ prometheus: { client: blind, lookBackMs: LOOK_BACK_MS } });
  await blind.close();
  expect(found).toMatchObject({ answer: 'block', detail: expect.stringContaining('when is not known') });
});
