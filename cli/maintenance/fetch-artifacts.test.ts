/** Files from a real HTTP server, put in place only when all their sums are right. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';

import type { Artifact } from '../../config/schema/maintenance-artifacts.ts';
import { fetchArtifacts } from './fetch-artifacts.ts';
import { fetchArtifactsCommand } from './fetch-artifacts-command.ts';

const KUBELET = 'the new kubelet';
const CRICTL = 'the new crictl';

/** What the server has, by path; answered with 503 as often as said before. */
const files = new Map<string, { readonly content: string; failures: number }>();
const asked: string[] = [];
const server = createServer(({ url = '' }, answer) => {
  asked.push(url);
  const file = files.get(url);
  if (file === undefined) return answer.writeHead(404).end();
  if (file.failures > 0) {
    file.failures -= 1;
    return answer.writeHead(503).end('later');
  }
  return answer.end(file.content);
});
let origin = '';
let root = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vigilante-node-'));
  await mkdir(join(root, 'usr/bin'), { recursive: true });
  await writeFile(join(root, 'usr/bin/kubelet'), 'the old kubelet');
  files.clear();
  files.set('/kubelet', { content: KUBELET, failures: 0 });
  files.set('/crictl', { content: CRICTL, failures: 0 });
  asked.length = 0;
});

afterEach(() => rm(root, { recursive: true, force: true }));

function artifact(name: string, content: string, change: Partial<Artifact> = {}): Artifact {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { name, url: `${origin}/${name}`, sha256, path: `/usr/bin/${name}`, mode: '0755', ...change };
}

const fetchAll = (...artifacts: readonly Artifact[]) =>
  fetchArtifacts(artifacts, { root, againMs: 1, report: () => {} });
const onNode = (name: string) => readFile(join(root, 'usr/bin', name), 'utf8');
const folder = () => readdir(join(root, 'usr/bin'));

test('M53: files whose sums are right are put in place with their modes, and nothing else is left', async () => {
  await fetchAll(artifact('kubelet', KUBELET), artifact('crictl', CRICTL, { mode: '0640' }));
  expect(await onNode('kubelet')).toBe(KUBELET);
  expect(await onNode('crictl')).toBe(CRICTL);
  expect((await stat(join(root, 'usr/bin/kubelet'))).mode & 0o777).toBe(0o755);
  expect((await stat(join(root, 'usr/bin/crictl'))).mode & 0o777).toBe(0o640);
  expect((await folder()).toSorted()).toEqual(['crictl', 'kubelet']);
});

test('M53: one wrong sum, and no file is put in place, those before it included', async () => {
  const wrong = artifact('crictl', 'what was expected');
  await expect(fetchAll(artifact('kubelet', KUBELET), wrong)).rejects.toThrow(/crictl has the sha256 \w{64}, not/);
  expect(await onNode('kubelet')).toBe('the old kubelet');
  expect(await folder()).toEqual(['kubelet']);
  expect(asked).toEqual(['/kubelet', '/crictl']);
});

test('M53: a file that cannot be had is tried again, and at last ends the act', async () => {
  files.set('/kubelet', { content: KUBELET, failures: 2 });
  await fetchAll(artifact('kubelet', KUBELET));
  expect(await onNode('kubelet')).toBe(KUBELET);
  await expect(fetchAll(artifact('absent', ''))).rejects.toThrow('/absent cannot be had: it answered 404');
  expect(await folder()).toEqual(['kubelet']);
});

test('a file that is there already is not fetched again', async () => {
  await writeFile(join(root, 'usr/bin/kubelet'), KUBELET);
  await fetchAll(artifact('kubelet', KUBELET));
  expect(asked).toEqual([]);
});

test('M53: a folder that is not there, or that leads out of the node, is refused before anything is fetched', async () => {
  await symlink(tmpdir(), join(root, 'elsewhere'));
  await expect(fetchAll(artifact('kubelet', KUBELET, { path: '/elsewhere/kubelet' }))).rejects.toThrow('leads out of');
  await expect(fetchAll(artifact('kubelet', KUBELET, { path: '/opt/kubelet' }))).rejects.toThrow(
    'the folder of /opt/kubelet cannot be used',
  );
  expect(asked).toEqual([]);
});

test.each([
  ['no JSON', '['],
  ['a path that climbs', [artifact('kubelet', KUBELET, { path: '/usr/../etc/passwd' })]],
  ['a relative path', [artifact('kubelet', KUBELET, { path: 'kubelet' })]],
  ['no sum', [{ ...artifact('kubelet', KUBELET), sha256: '' }]],
  ['a file of this machine', [artifact('kubelet', KUBELET, { url: 'file:///etc/passwd' })]],
  ['one path twice', [artifact('kubelet', KUBELET), artifact('kubelet', KUBELET)]],
])('the command refuses a list with %s', async (_what, list) => {
  const written = typeof list === 'string' ? list : JSON.stringify(list);
  const terminal = {
    write: () => {},
    note: () => {},
    interactive: false,
    columns: 80,
    nowMs: () => 0,
    pause: async () => {},
    interrupted: () => false,
  };
  await expect(fetchArtifactsCommand(terminal, { root, written })).rejects.toMatchObject({ exitCode: 2 });
});
