/** A sandbox with real nodes leaves nothing behind. */

import { existsSync } from 'node:fs';
import { expect } from '@jest/globals';
import { z } from 'zod';
import { adminAccess } from '../../sandbox/admin-access.ts';
import { createApiClient } from '../../sandbox/api-client.ts';
import { RELEASE_NAMESPACE, type SandboxLayout } from '../../sandbox/layout.ts';
import { realNode } from '../../sandbox/real-nodes/addresses.ts';
import { processesOf } from '../../sandbox/reap.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { startParent, untilFolderGone } from '../e2e/killed-parent.ts';
import { testOnRealNodes } from './on-real-nodes.ts';
import { sleepingPod } from './probe-pod.ts';
import { cgroupsOf, inUse, machine, namespacesOf } from './traces.ts';

const WAIT_MS = 120_000;
const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;
const node = realNode(1);

/** A pod whose processes do not carry the sandbox's id. */
async function runPod(layout: SandboxLayout): Promise<void> {
  const api = createApiClient(await adminAccess(layout));
  const PodSchema = z.object({ status: z.object({ phase: z.string() }) });
  try {
    await api.demand('POST', PODS, { body: sleepingPod({ name: 'stays', node: node.name }) });
    await waitUntil(
      async () => PodSchema.parse((await api.demand('GET', `${PODS}/stays`)).body).status.phase === 'Running',
      { what: 'the pod to run', timeoutMs: WAIT_MS, pollMs: 250 },
    );
  } finally {
    await api.close();
  }
}

async function expectNothingOf(layout: SandboxLayout, namespaces: readonly string[]): Promise<void> {
  expect(await processesOf(layout.id)).toEqual([]);
  // A namespace goes a moment after its last process.
  await waitUntil(async () => (await inUse(namespaces)).length === 0, { what: 'the namespaces', timeoutMs: WAIT_MS });
  expect(await cgroupsOf(layout.id)).toEqual([]);
  expect(existsSync(layout.folder)).toBe(false);
}

testOnRealNodes('E56: stop leaves no process, namespace, link, mount, control group or folder', async () => {
  const before = await machine();
  const sandbox = await startSandbox({ report: () => {}, echo: true, realNodes: { count: 2 } });
  await runPod(sandbox.layout);
  const namespaces = await namespacesOf(sandbox.layout.id);
  // Router, host of the echo, and five of each node; those of the pod come on top.
  expect(namespaces.length).toBeGreaterThanOrEqual(2 + 2 * 5);
  expect((await cgroupsOf(sandbox.layout.id)).length).toBeGreaterThan(0);
  expect(await machine()).toEqual(before);
  await sandbox.stop();
  await expectNothingOf(sandbox.layout, namespaces);
  expect(await machine()).toEqual(before);
});

testOnRealNodes('E56: a parent killed with -9 leaves nothing either', async () => {
  const before = await machine();
  const { layout, kill } = await startParent('real-node');
  await runPod(layout);
  const namespaces = await namespacesOf(layout.id);
  expect(namespaces.length).toBeGreaterThanOrEqual(2 + 5);
  await kill();
  await untilFolderGone(layout);
  await expectNothingOf(layout, namespaces);
  expect(await machine()).toEqual(before);
});
