/** Requests that an admission webhook makes slow get their answer, and it is said what is waited for. */

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { withRequestWaits } from '../../../kubernetes/client/request-waits.ts';
import { createTokenReviews } from '../../../kubernetes/connectivity/token-review.ts';
import { createHealingPods } from '../../../kubernetes/healing/pods.ts';
import { createNodeEvents } from '../../../kubernetes/nodes/events.ts';
import { createNodes } from '../../../kubernetes/nodes/nodes.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from './api-server.ts';
import { createNode, NAMESPACE } from './cluster-fixtures.ts';
import { createHealingWorld, type HealingWorld } from './healing-world.ts';
import { addSlowWebhook, type SlowWebhook } from './slow-webhook.ts';

const HEALING_POD = 'vigilante-node-name';

let server: TestApiServer;
let connection: ClusterConnection;
let world: HealingWorld;
let webhook: SlowWebhook | null = null;
const reports: string[] = [];

beforeAll(async () => {
  server = await startApiServer();
  const kubeconfig = server.kubeconfig('admin');
  connection = connectCluster({ kubeconfig, onSlow: (message) => reports.push(message) });
  world = await createHealingWorld(server);
});

afterEach(async () => {
  await webhook?.remove();
  webhook = null;
});

afterAll(async () => {
  await world?.close();
  await connection?.close();
  await server?.stop();
});

test('H11: an attempt gets through a webhook that is passed over after ten seconds, at its first try', async () => {
  webhook = await addSlowWebhook(server.admin, [{ resource: 'pods', operations: ['CREATE'], label: HEALING_POD }]);
  const node = await createNode(server.admin, 'behind-a-webhook');
  const input = { node, attempt: 1, previousPod: null };

  const result = await world.run('attemptPod', input);

  expect(result.outcome).toMatchObject({ kind: 'created' });
  expect(world.heartbeats).toContainEqual({
    waitsFor: expect.stringMatching(
      /^create pods .*behind-a-webhook-1 has waited \d+ s for the API server; an admission webhook may be slow$/,
    ),
  });
});

test('H11: a mark, an Event and a token review wait as long, and each is reported once', async () => {
  webhook = await addSlowWebhook(server.admin, [
    { resource: 'nodes', operations: ['UPDATE'] },
    { resource: 'events', operations: ['CREATE'] },
    { resource: 'tokenreviews', apiGroup: 'authentication.k8s.io', operations: ['CREATE'] },
  ]);
  const node = await createNode(server.admin, 'slowly-marked');
  reports.length = 0;
  const nodes = createNodes(connection, { healedAnnotation: 'a' });
  const events = createNodeEvents(connection);

  const [marked, , identity] = await Promise.all([
    nodes.annotate(node, { a: 'true' }),
    events.record({ node, type: 'Normal', reason: 'Healed', message: 'slowly', key: 'slow' }),
    createTokenReviews(connection, 'anybody').review('not-a-token'),
  ]);

  expect([marked.kind, identity]).toEqual(['annotated', null]);
  expect(webhook.asked()).toBe(3);
  expect(reports.toSorted()).toEqual([
    expect.stringMatching(/^create events .* has waited 5 s for the API server/),
    expect.stringMatching(/^create tokenreviews .* has waited 5 s for the API server/),
    expect.stringMatching(/^patch nodes slowly-marked has waited 5 s for the API server/),
  ]);
});

test('a slow request is shown to its own caller while it waits, and to no other', async () => {
  webhook = await addSlowWebhook(server.admin, [{ resource: 'pods', operations: ['CREATE'], label: HEALING_POD }]);
  const node = await createNode(server.admin, 'asked-by-one');
  const pods = createHealingPods(connection, {
    namespace: NAMESPACE,
    image: 'pause',
    tolerations: [],
    intervalMs: 3e4,
  });
  await withRequestWaits(async (others) => {
    const seen = await withRequestWaits(async (own) => {
      const created = pods.create({ node, attempt: 1, run: 'run' });
      const longest = await waitUntil(() => own.longest(), { what: 'a wait', timeoutMs: 120_000 });
      await created;
      return { longest, afterwards: own.longest() };
    });
    expect(seen).toEqual({ longest: expect.stringContaining('create pods'), afterwards: null });
    expect(others.longest()).toBeNull();
  });
});
