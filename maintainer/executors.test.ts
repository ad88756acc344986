/** Executors of the configuration: a webhook on a real HTTP server, templates of the cluster's own files. */

import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { Executor } from '../activities/maintenance/executor.ts';
import { ConfigSchema } from '../config/schema/config.ts';
import type { ActPodInput, PodTemplate } from '../kubernetes/maintenance/act-pod.ts';
import { REBOOT } from '../tests/fixtures/maintenance.ts';
import { nodeRef } from '../tests/fixtures/nodes.ts';
import { executorsOf } from './executors.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigilante-executors-'));
afterAll(() => rmSync(folder, { recursive: true }));
const server = createServer();
afterEach(() => {
  server.removeAllListeners('request').close();
});

const created: { readonly input: ActPodInput; readonly template: PodTemplate }[] = [];

function executor(settings: object): Executor {
  const maintenance = { templates: folder, executors: { it: settings } };
  const pods = {
    create: async (input: ActPodInput, template: PodTemplate) => {
      created.push({ input, template });
      return { kind: 'created', name: 'act' } as const;
    },
    look: async () => ({ kind: 'running' }) as const,
    tryOut: async () => null,
    deleteOf: async () => undefined,
  };
  const found = executorsOf(ConfigSchema.parse({ maintenance }).maintenance, pods).get('it');
  if (found === undefined) throw new Error('no executor');
  return found;
}

const ACT = {
  node: nodeRef('lin-1'),
  run: 'by-hand',
  phase: 'node',
  executor: 'it',
  expect: REBOOT,
  key: 'a/b/1',
} as const;

test('a webhook is posted once for each key, signed, and asked until it is done', async () => {
  const asked: { readonly method: string; readonly url: string; readonly signature: unknown; readonly body: string }[] =
    [];
  const answers = [
    [200, '{}'],
    [200, '{"done": false}'],
    [200, '{"done": true, "ok": false, "detail": "no image"}'],
    [404, ''],
  ] as const;
  server.on('request', (request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '', headers } = request;
      expect(headers['idempotency-key']).toBe(ACT.key);
      const [status, answer] = answers[asked.length] ?? [500, ''];
      asked.push({ method, url, signature: headers['x-vigilante-signature'], body });
      response.writeHead(status).end(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, 'hush\n');
  const webhook = executor({ kind: 'webhook', url: `http://127.0.0.1:${port}/acts`, secretFile });
  const started = await webhook.start(ACT);
  if (started.kind !== 'started') throw new Error('refused');
  expect(await webhook.look(started.handle)).toEqual({ kind: 'running' });
  expect(await webhook.look(started.handle)).toEqual({ kind: 'ended', isOk: false, detail: 'no image' });
  expect(await webhook.look(started.handle)).toMatchObject({ kind: 'ended', isOk: false });
  await expect(webhook.look(started.handle)).rejects.toMatchObject({
    type: 'ExecutorUnreachable',
    nonRetryable: false,
  });
  const [post, get] = asked;
  const signed = (content: string) => `sha256=${createHmac('sha256', 'hush').update(content).digest('hex')}`;
  expect(post).toMatchObject({ method: 'POST', url: '/acts', signature: signed(post?.body ?? '') });
  expect(JSON.parse(post?.body ?? '')).toMatchObject({
    key: ACT.key,
    VIGILANTE_NODE: 'lin-1',
    VIGILANTE_PHASE: 'node',
  });
  expect(get).toMatchObject({ method: 'GET', url: '/acts/a%2Fb%2F1', signature: signed('/acts/a%2Fb%2F1') });
});

test('M55: a pod is made of a template of the cluster, and of no other', async () => {
  writeFileSync(
    join(folder, 'act.yaml'),
    stringify({ kind: 'Pod', spec: { containers: [{ name: 'act', image: 'i' }] } }),
  );
  await executor({ kind: 'pod', template: 'act.yaml', phases: ['kubelet'] }).start(ACT);
  expect(created.at(-1)).toMatchObject({
    input: { key: ACT.key },
    template: { spec: { containers: [{ name: 'act' }] } },
  });
  writeFileSync(join(folder, 'wrong.yaml'), stringify({ kind: 'Job' }));
  expect(() => executor({ kind: 'pod', template: 'wrong.yaml' })).toThrow('it is no manifest of a Pod');
  expect(() => executor({ kind: 'pod', template: '../act.yaml' })).toThrow();
});

test('M53: artifacts are fetched by an init container of our image, before those of the template', async () => {
  const spec = { containers: [{ name: 'act', image: 'i' }], initContainers: [{ name: 'first', image: 'i' }] };
  writeFileSync(join(folder, 'fetching.yaml'), stringify({ kind: 'Pod', spec }));
  const file = {
    name: 'kubelet',
    url: 'https://example.org/kubelet',
    sha256: 'a'.repeat(64),
    path: '/usr/bin/kubelet',
  };
  const artifacts = { image: 'example.org/vigilante', files: [file] };
  await executor({ kind: 'pod', template: 'fetching.yaml', artifacts }).start(ACT);
  const written = JSON.stringify([{ ...file, mode: '0755' }]);
  expect(created.at(-1)?.template.spec).toMatchObject({
    initContainers: [
      {
        image: 'example.org/vigilante',
        args: ['fetch-artifacts', '--root', '/node', written],
        volumeMounts: [{ name: 'vigilante-node', mountPath: '/node' }],
        securityContext: { capabilities: { drop: ['ALL'] } },
      },
      { name: 'first' },
    ],
    volumes: [{ name: 'vigilante-node', hostPath: { path: '/' } }],
  });
  const settings = { kind: 'pod', template: 'fetching.yaml', artifacts: { ...artifacts, files: [] } };
  expect(() => executor(settings)).toThrow();
});

test('a reboot enters the host of the node; none leaves the act to others', async () => {
  await executor({ kind: 'reboot', image: 'i' }).start(ACT);
  expect(created.at(-1)?.template.spec).toMatchObject({
    hostPID: true,
    containers: [{ securityContext: { privileged: true } }],
  });
  const none = executor({ kind: 'none' });
  expect(await none.start(ACT)).toMatchObject({ kind: 'started' });
  expect(await none.look({ executor: 'it', id: 'x' })).toMatchObject({ kind: 'ended', isOk: true });
});
