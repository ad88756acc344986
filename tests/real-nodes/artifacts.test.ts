/** The executor `pod` with artifacts on a real node: an init container of our program brings a file, the template uses it. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { stringify } from 'yaml';
import { LINUX_GROUP } from '../../sandbox/machines/maintenance-config.ts';
import { ECHO_ADDRESS, ECHO_PORT, realNode } from '../../sandbox/real-nodes/addresses.ts';
import { PROBE_IMAGE } from '../../sandbox/real-nodes/image.ts';
import type { RealNodes } from '../../sandbox/real-nodes/real-nodes.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { nodeState } from '../e2e/maintenance-world.ts';
import { commandImage } from './command-image.ts';
import { HEALS_TIMEOUT_MS, hasRealNodes, testOnRealNodes } from './on-real-nodes.ts';

const IMAGE = 'localhost/vigilante:1';
const VIGILANTE = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const SERVER = fileURLToPath(new URL('./file-server.ts', import.meta.url));
const READY_TIMEOUT_MS = 180_000;
/** A failed act is waited for, in case it began something. */
const MAINTAIN_TIMEOUT_MS = 280_000;
const FIRMWARE = 'firmware 2';
const WRONG = createHash('sha256').update('firmware 1').digest('hex');
const node = realNode(1).name;
const execute = promisify(execFile);

let folder: string;
let sandbox: Sandbox;
let nodes: RealNodes;

beforeAll(async () => {
  if (!hasRealNodes) return;
  folder = await mkdtemp(join(tmpdir(), 'vigilante-templates-'));
  await writeFile(join(folder, 'flash.yaml'), stringify(TEMPLATE));
  const image = await commandImage(IMAGE, ['fetch-artifacts', '--root', folder, '[]']);
  sandbox = await startSandbox({
    report: () => {},
    realNodes: { count: 1, images: { 'vigilante.tar': image } },
    vigilante: { starter: { reconcileInterval: '2s' }, maintenance: maintenance() },
  });
  nodes = await sandbox.realNodes();
  await nodes.startOnEchoHost({
    name: 'file-server',
    program: process.execPath,
    args: [SERVER, ECHO_ADDRESS, `${ECHO_PORT}`, FIRMWARE],
  });
  await nodes.on(node, 'mkdir /var/lib/firmware');
  const started = await Promise.all([sandbox.startProcess('maintainer'), sandbox.startProcess('starter')]);
  for (const process of started) await process.waitUntilReady(READY_TIMEOUT_MS);
}, HEALS_TIMEOUT_MS);

afterAll(async () => {
  await sandbox?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

/** Works on the node itself, as one that exchanges a kubelet does. */
const TEMPLATE = {
  kind: 'Pod',
  spec: {
    hostPID: true,
    containers: [
      {
        name: 'flash',
        image: PROBE_IMAGE,
        command: [
          'nsenter',
          '--target',
          '1',
          '--mount',
          '--',
          'cp',
          '/var/lib/firmware/image',
          '/var/lib/firmware/flashed',
        ],
        securityContext: { privileged: true },
      },
    ],
  },
};

function maintenance(): object {
  const file = (name: string, sha256: string) => ({
    name,
    url: `http://${ECHO_ADDRESS}:${ECHO_PORT}/${name}`,
    sha256,
    path: `/var/lib/firmware/${name}`,
    mode: '0640',
  });
  const right = createHash('sha256').update(FIRMWARE).digest('hex');
  const executor = (...files: readonly object[]) => ({
    kind: 'pod',
    template: 'flash.yaml',
    artifacts: { image: IMAGE, files },
  });
  return {
    enabled: true,
    budget: { cluster: 1, groups: [{ ...LINUX_GROUP, max: 1 }] },
    drain: { lastNode: 'accept' },
    prove: { settle: '1s', returnWithin: '4m', connectivity: 'off' },
    gates: { alerts: { source: 'none' } },
    templates: folder,
    executors: {
      flash: executor(file('image', right)),
      'flash-wrong': executor(file('readme', right), file('image', WRONG)),
    },
  };
}

async function maintain(executor: string): Promise<{ readonly code: number; readonly text: string }> {
  const args = ['maintain', node, '--executor', executor, '--wait'];
  const env = { ...process.env, ...sandbox.env };
  const ended = execute(VIGILANTE, args, { env, timeout: MAINTAIN_TIMEOUT_MS });
  return ended.then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      text: `${stdout}${stderr}`,
    }),
  );
}

const files = () => nodes.on(node, 'ls -A /var/lib/firmware');

testOnRealNodes('M53: a file with the right sum is on the node with its mode when the template acts', async () => {
  const { code, text } = await maintain('flash');
  expect(text).toContain('done');
  expect(code).toBe(0);
  expect(await files()).toBe('flashed\nimage\n');
  expect(await nodes.on(node, 'cat /var/lib/firmware/flashed')).toBe(FIRMWARE);
  expect(await nodes.on(node, 'stat --format %a /var/lib/firmware/image')).toBe('640\n');
});

testOnRealNodes('M53: a wrong sum ends the act before any file is in place or the template has begun', async () => {
  await nodes.on(node, 'rm /var/lib/firmware/flashed');
  const { code, text } = await maintain('flash-wrong');
  expect(text).toContain('act-failed');
  expect(text).toMatch(new RegExp(`fetch-artifacts: .*not ${WRONG}`));
  expect(code).toBe(1);
  expect(await files()).toBe('image\n');
  expect(await nodes.on(node, 'cat /var/lib/firmware/image')).toBe(FIRMWARE);
  expect(await nodeState(sandbox, node)).toMatchObject({ isCordoned: false, isMarked: false });
});
