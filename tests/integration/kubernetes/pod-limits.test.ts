/** Healing pods in a namespace with a LimitRange: the defaults meet each ratio, and a refusal names what to set. */

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../../config/load.ts';
import { type ClusterConnection, connectCluster } from '../../../kubernetes/client/connection.ts';
import { createHealingPods } from '../../../kubernetes/healing/pods.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from './api-server.ts';
import { createNode, NAMESPACE } from './cluster-fixtures.ts';

const LIMIT_RANGES = `/api/v1/namespaces/${NAMESPACE}/limitranges`;

let server: TestApiServer;
let connection: ClusterConnection;

beforeAll(async () => {
  server = await startApiServer();
  connection = connectCluster({ kubeconfig: server.kubeconfig('worker') });
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

afterEach(async () => {
  await server.admin.demand('DELETE', `${LIMIT_RANGES}/limits`);
});

const MIN = { type: 'Container', min: { cpu: '200m', memory: '256Mi' } };
const RATIO = { type: 'Container', maxLimitRequestRatio: { cpu: '1', memory: '1' } };
const SMALL_MIN = { type: 'Container', min: { cpu: '10m', memory: '64Mi' }, max: { cpu: '100m', memory: '128Mi' } };
const ENOUGH = { requests: { cpu: '200m', memory: '256Mi' }, limits: { cpu: '200m', memory: '256Mi' } };

let attempt = 0;

test.each([
  ['a ratio is met by the defaults', RATIO, {}, null],
  ['a common minimum and maximum are met by the defaults', SMALL_MIN, {}, null],
  [
    'a higher minimum is refused with the key to set',
    MIN,
    {},
    /^healing\.pod\.resources may need another value: .*minimum cpu usage/,
  ],
  ['a higher minimum is met by what is configured', MIN, { resources: ENOUGH }, null],
  ['a minimum gives pods without resources their requests', MIN, { resources: {} }, null],
  [
    'a ratio is refused where limits are above requests',
    RATIO,
    { resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '100m', memory: '128Mi' } } },
    /^healing\.pod\.resources may need another value: .*limit to request ratio/,
  ],
] as const)('%s', async (_, limit, pod, refusal) => {
  attempt += 1;
  await server.admin.demand('POST', LIMIT_RANGES, {
    body: { metadata: { name: 'limits' }, spec: { limits: [limit] } },
  });
  const node = await createNode(server.admin, `win-${attempt}`);
  const settings = { ...loadConfig({ env: {} }).healing.pod, ...pod, namespace: NAMESPACE, intervalMs: 30_000 };
  const pods = createHealingPods(connection, settings);
  const create = () => {
    attempt += 1;
    return pods.create({ node, attempt, run: 'run-1' });
  };
  if (refusal === null) {
    // The API server knows the LimitRange a moment later, which must not be what makes the test pass.
    const tooSmall = { ...settings, resources: { requests: { cpu: '1m' }, limits: { cpu: '101m' } } };
    const strange = createHealingPods(connection, tooSmall);
    await waitUntil(
      async () => {
        attempt += 1;
        return (await strange.create({ node, attempt, run: 'run-1' })).kind === 'rejected';
      },
      { what: 'the LimitRange to be obeyed', timeoutMs: 120_000 },
    );
    expect(await create()).toMatchObject({ kind: 'created' });
  } else {
    const rejected = await waitUntil(
      async () => {
        const made = await create();
        return made.kind === 'rejected' ? made : null;
      },
      { what: 'the LimitRange to be obeyed', timeoutMs: 120_000 },
    );
    expect(rejected).toMatchObject({ status: 403, message: expect.stringMatching(refusal) });
  }
});
