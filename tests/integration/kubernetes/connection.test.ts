/** One connection for many requests, tokens that rotate, and what is said when no answer comes. */

import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { proxyFor } from '../../../config/proxy.ts';
import { connectCluster, type RequestSample } from '../../../kubernetes/client/connection.ts';
import { createNodes } from '../../../kubernetes/nodes/nodes.ts';
import { nodeName } from '../../fixtures/nodes.ts';
import { openConnectProxy } from '../runtime/connect-proxy.ts';
import { startApiServer, type TestApiServer } from './api-server.ts';

const VERSION = { verb: 'get', resource: 'version', object: '', method: 'GET', path: '/version' } as const;
const PODS = { verb: 'list', resource: 'pods', object: 'all', method: 'GET', path: '/api/v1/pods' } as const;
const DELETE_MISSING_POD = {
  verb: 'delete',
  resource: 'pods',
  object: 'default/none',
  method: 'DELETE',
  path: '/api/v1/namespaces/default/pods/none',
  body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'none' } },
} as const;

let server: TestApiServer;

beforeAll(async () => {
  server = await startApiServer();
});

afterAll(async () => {
  await server?.stop();
});

test('many requests share their connections, deletions with their preconditions too', async () => {
  const sockets = await countingProxy(server.url);
  const kubeconfig = await server.alteredKubeconfig({ from: server.url, to: `https://127.0.0.1:${sockets.port}` });
  const connection = connectCluster({ kubeconfig });
  for (let count = 0; count < 25; count++) {
    await connection.send(VERSION);
    await expect(connection.send(DELETE_MISSING_POD)).rejects.toMatchObject({ failure: { status: 404 } });
  }
  await connection.close();
  sockets.close();
  // One, or a second that was opened while the first was still reading.
  expect(sockets.count()).toBeLessThanOrEqual(2);
});

test('a token that was rotated in the file is found after a 401, without an error', async () => {
  const source = await server.alteredKubeconfig({ from: server.adminToken, to: 'outdated' });
  const samples: RequestSample[] = [];
  const connection = connectCluster({ kubeconfig: source, onRequest: (sample) => samples.push(sample) });
  await expect(connection.send(PODS)).rejects.toMatchObject({ failure: { isUnauthorized: true } });
  expect(connection.problem()).toMatch(/^list pods all: 401 Unauthorized/);
  const text = await readFile(source.path, 'utf8');
  await writeFile(source.path, text.replace('outdated', server.adminToken));
  samples.length = 0;

  await expect(connection.send(PODS)).resolves.toMatchObject({ items: [] });

  expect(samples.map(({ code }) => code)).toEqual([401, 200]);
  expect(connection.problem()).toBeNull();
  await connection.close();
});

test('H11: a server that refuses connections is unreachable, and the request is counted with code 0', async () => {
  const kubeconfig = await server.alteredKubeconfig({ from: server.url, to: 'https://127.0.0.1:1' });
  const samples: RequestSample[] = [];
  const connection = connectCluster({ kubeconfig, onRequest: (sample) => samples.push(sample) });
  await expect(connection.send(PODS)).rejects.toMatchObject({
    failure: { kind: 'unreachable', message: expect.stringMatching(/^list pods all: .*ECONNREFUSED/) },
  });
  expect(samples).toMatchObject([{ verb: 'list', resource: 'pods', code: 0 }]);
  await connection.close();
});

test('H11: a server that never answers is unreachable after the time-out', async () => {
  const silent = createServer(() => undefined);
  const port = await listening(silent);
  const kubeconfig = await server.alteredKubeconfig({ from: server.url, to: `https://127.0.0.1:${port}` });
  const connection = connectCluster({ kubeconfig, requestTimeoutMs: 200 });
  await expect(connection.send(PODS)).rejects.toMatchObject({
    failure: { kind: 'unreachable', message: 'list pods all: no answer in 0.2 s' },
  });
  await connection.close();
  silent.close();
});

test('an API server outside is reached by the proxy of the environment, and by nothing else', async () => {
  const outside = 'api.far-away.test:6443';
  const proxy = await openConnectProxy({ [outside]: Number(new URL(server.url).port) });
  const kubeconfig = await server.alteredKubeconfig({
    from: server.url,
    to: `https://${outside}\n      tls-server-name: kubernetes.default.svc`,
  });
  const HTTPS_PROXY = proxy.url;
  const connection = connectCluster({
    kubeconfig,
    proxyFor: (target) => proxyFor(target, { HTTPS_PROXY })?.url ?? null,
  });
  await expect(connection.send(PODS)).resolves.toMatchObject({ items: [] });
  expect(proxy.targets).toEqual([outside]);
  await connection.close();
  await proxy.close();
});

test('a node that does not exist is gone', async () => {
  const connection = connectCluster({ kubeconfig: server.kubeconfig('admin') });
  const nodes = createNodes(connection, { healedAnnotation: 'a' });
  expect(await nodes.observe(nodeName('nobody'))).toEqual({ kind: 'gone' });
  await connection.close();
});

test('a kubeconfig that is missing is named in one line', () => {
  const kubeconfig = { kind: 'file', path: '/nowhere/config' } as const;
  expect(() => connectCluster({ kubeconfig })).toThrow(/^cannot load kubeconfig \/nowhere\/config: .*ENOENT/);
});

/** Passes bytes on to the server and counts the connections. */
async function countingProxy(target: string) {
  const { connect } = await import('node:net');
  let count = 0;
  const proxy = createServer((socket) => {
    count += 1;
    const upstream = connect(Number(new URL(target).port), '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  });
  const port = await listening(proxy);
  return { port, count: () => count, close: () => proxy.close() };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
