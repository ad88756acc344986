/** Each right of the collector in charts/vigilante/files/rbac.yaml is needed, and no other one. */

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';

import { RELEASE_NAMESPACE } from '../../../sandbox/layout.ts';
import { allRights, type Right } from '../../../sandbox/rbac.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { type ApiServerPods, createAgentPods } from './agent-pods.ts';
import { boundToken } from './bound-token.ts';
import { type CollectorWorld, reportBody, startCollectorWorld } from './collector-world.ts';

const RIGHTS = (await allRights()).filter(({ component }) => component === 'collector');
const NODE = 'node-1';
/** Not the release's: agents may be anywhere. */
const AGENTS = 'agents';
const AUDIENCE = 'vigilante-collector';

let apiServer: TestApiServer;
let pods: ApiServerPods;
let token: string;

beforeAll(async () => {
  apiServer = await startApiServer();
  pods = await createAgentPods(apiServer.admin, { namespace: AGENTS, node: NODE });
  await pods.add('a1');
  token = await boundToken(apiServer.admin, { namespace: AGENTS, pod: 'a1', audience: AUDIENCE });
});

afterAll(async () => {
  await apiServer?.stop();
});

afterEach(async () => {
  await apiServer.setRights([]);
});

/** Everything that needs a right once: authentication, a new record, its next report, its removal. */
async function useAll(world: CollectorWorld): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const post = () => world.call('POST', '/api/v1/agents/a1', { body: reportBody('a1', { nodename: NODE }), headers });
  await post();
  await post();
  await world.collector.registry.remove(['a1']).catch(() => undefined);
}

/** Requests that were answered 403, as `verb resource`. */
async function refused(world: CollectorWorld): Promise<readonly string[]> {
  const { text } = await world.call('GET', '/metrics');
  const lines = text.matchAll(/^vigilante_kubernetes_requests_total\{verb="(\w+)",resource="(\w+)",code="403"\}/gm);
  return [...lines].map(([, verb, resource]) => `${verb} ${resource}`).toSorted();
}

function start(options: { readonly untilReady: boolean }): Promise<CollectorWorld> {
  const config = { authentication: { kind: 'token-review', audience: AUDIENCE } };
  const store = 'custom-resources';
  return startCollectorWorld({ apiServer, store, config, user: 'collector', namespace: RELEASE_NAMESPACE, ...options });
}

test('with its rights the collector is refused nothing, and its reports are stored', async () => {
  const world = await start({ untilReady: true });
  try {
    await useAll(world);
    expect(await refused(world)).toEqual([]);
    const { text } = await world.call('GET', '/metrics');
    expect(text).toMatch(/^vigilante_collector_reports_total\{result="stored"\} 2$/m);
  } finally {
    await world.stop();
  }
});

test.each(RIGHTS.map((right): [string, Right] => [`${right.verb} ${right.resource}`, right]))(
  'needed: %s',
  async (name, right) => {
    await apiServer.setRights([right]);
    const world = await start({ untilReady: false });
    try {
      await waitUntil(
        async () => {
          await useAll(world);
          return (await refused(world)).length > 0;
        },
        { what: `a 403 for ${name}`, timeoutMs: 120_000 },
      );
      expect(await refused(world)).toEqual([name]);
    } finally {
      await world.stop();
    }
  },
);
