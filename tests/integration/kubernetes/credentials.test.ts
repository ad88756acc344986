/** Credentials that are not accepted any more are an outage, and new ones are taken up at once wherever they come from. */

import { chmod, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_HEALED_ANNOTATION } from '../../../contracts/healing/names.ts';
import { connectCluster, type RequestSample } from '../../../kubernetes/client/connection.ts';
import { createCredentialStore } from '../../../kubernetes/client/credentials.ts';
import { createNodeInformer } from '../../../kubernetes/nodes/informer.ts';
import { requestToken } from '../../../sandbox/accounts.ts';
import { RELEASE_NAMESPACE, serviceAccountOf } from '../../../sandbox/layout.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { type KubeconfigFile, startApiServer, type TestApiServer } from './api-server.ts';
import { createNode } from './cluster-fixtures.ts';
import { createHealingWorld } from './healing-world.ts';

const PODS = { verb: 'list', resource: 'pods', object: 'all', method: 'GET', path: '/api/v1/pods' } as const;
const WAIT_MS = 120_000;

let server: TestApiServer;

beforeAll(async () => {
  server = await startApiServer();
});

afterAll(async () => {
  await server?.stop();
});

async function replaceIn({ path }: KubeconfigFile, from: string, to: string): Promise<void> {
  await writeFile(path, (await readFile(path, 'utf8')).replaceAll(from, to));
}

test('H11: a heal is not rejected while its ServiceAccount is made again, and goes on within seconds of the new token', async () => {
  const world = await createHealingWorld(server);
  const account = serviceAccountOf('worker');
  const accounts = `/api/v1/namespaces/${RELEASE_NAMESPACE}/serviceaccounts`;
  const source = server.kubeconfig('worker');
  const [, oldToken = ''] = /token: (\S+)/.exec(await readFile(source.path, 'utf8')) ?? [];
  await server.admin.demand('DELETE', `${accounts}/${account}`);
  await server.admin.demand('POST', accounts, { body: { metadata: { name: account } } });
  // The API server keeps a token that it knows for some seconds.
  await waitUntil(() => world.connection.send(PODS).then(isNever, isUnauthorized), {
    what: 'the old token to be refused',
    timeoutMs: WAIT_MS,
  });
  const node = await createNode(server.admin, 'without-rights');
  const input = { node, attempt: 1, previousPod: null };

  const failure = await world.run('attemptPod', input).then(isNever, (error: unknown) => error);

  expect(failure).toMatchObject({
    type: 'ClusterUnreachable',
    nonRetryable: false,
    message: expect.stringContaining('401 Unauthorized'),
  });
  const { nextRetryDelay } = failure as { nextRetryDelay: number };
  expect(nextRetryDelay).toBeGreaterThan(0);
  expect(nextRetryDelay).toBeLessThanOrEqual(10_000);
  expect(world.connection.problem()).toMatch(/401 Unauthorized/);
  expect(world.attempts).toEqual([]);

  await replaceIn(source, oldToken, await requestToken(server.admin, { account }));
  expect(await world.run('attemptPod', input)).toMatchObject({ outcome: { kind: 'created' } });
  expect(world.connection.problem()).toBeNull();
  await world.close();
});

test('H11: an informer whose token is refused says so, and lists as soon as the file holds a good one', async () => {
  const source = await server.alteredKubeconfig({ from: server.adminToken, to: 'outdated' });
  const connection = connectCluster({ kubeconfig: source });
  const informer = createNodeInformer(connection, { healedAnnotation: DEFAULT_HEALED_ANNOTATION });
  informer.start();
  await waitUntil(() => /401 Unauthorized/.test(informer.health().lastError ?? ''), {
    what: 'the refusal',
    timeoutMs: WAIT_MS,
  });
  await replaceIn(source, 'outdated', server.adminToken);
  await informer.untilSynced();
  expect(connection.problem()).toBeNull();
  await informer.stop();
  await connection.close();
});

/** A kubeconfig whose token comes from a program that counts its runs. */
async function execKubeconfig() {
  const source = await server.alteredKubeconfig({ from: `token: ${server.adminToken}`, to: 'exec: {}' });
  const runs = `${source.path}.runs`;
  const token = `${source.path}.token`;
  const plugin = `${source.path}.plugin`;
  const credential = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}';
  await writeFile(plugin, `#!/bin/sh\necho run >> ${runs}\nprintf '${credential}' "$(cat ${token})"\n`);
  await chmod(plugin, 0o755);
  await writeFile(token, 'outdated');
  const exec = `{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: ${plugin}}`;
  await replaceIn(source, 'exec: {}', `exec: ${exec}`);
  return {
    source,
    setToken: (value: string) => writeFile(token, value),
    countRuns: async () => (await readFile(runs, 'utf8')).split('run').length - 1,
  };
}

test('H11: many requests that are refused together run an exec plugin once more, and all of them succeed', async () => {
  const { source, setToken, countRuns } = await execKubeconfig();
  const samples: RequestSample[] = [];
  const connection = connectCluster({ kubeconfig: source, onRequest: (sample) => samples.push(sample) });
  await expect(connection.send(PODS)).rejects.toMatchObject({ failure: { isUnauthorized: true } });
  const runsBefore = await countRuns();
  await setToken(server.adminToken);
  samples.length = 0;

  await Promise.all(Array.from({ length: 50 }, () => connection.send(PODS)));

  expect(samples.filter(({ code }) => code === 200)).toHaveLength(50);
  expect((await countRuns()) - runsBefore).toBe(1);
  await connection.close();
});

test('H11: many requests that are refused one after the other run it once more, too', async () => {
  const { source, setToken, countRuns } = await execKubeconfig();
  const store = createCredentialStore(source, { connectTimeoutMs: 1_000, proxyFor: () => null });
  const used = await store.current();
  await setToken(server.adminToken);
  expect(await store.renewed(used)).toBe(true);
  const runs = await countRuns();
  // Their answers come when the credentials are others already.
  expect(await store.renewed(used)).toBe(true);
  expect(await store.renewed(used)).toBe(true);
  expect(await countRuns()).toBe(runs);
  await store.close();
});

test('H11: a kubeconfig that names another address of the API server is followed without a restart', async () => {
  const closed = 'https://127.0.0.1:1';
  const source = await server.alteredKubeconfig({ from: server.url, to: closed });
  const connection = connectCluster({ kubeconfig: source });
  await expect(connection.send(PODS)).rejects.toMatchObject({ failure: { kind: 'unreachable' } });
  await replaceIn(source, closed, server.url);
  await waitUntil(() => connection.send(PODS).then(isSent, () => false), {
    what: 'the new address',
    timeoutMs: WAIT_MS,
  });
  await connection.close();
});

function isSent(): boolean {
  return true;
}

function isNever(): false {
  return false;
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof Error && error.message.includes('401 Unauthorized');
}
