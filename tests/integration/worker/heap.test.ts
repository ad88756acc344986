/** What a heal keeps in the memory of the worker does not grow with its attempts. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, type WorkflowHandle } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';

import { healingStatus } from '../../../contracts/healing/signals-and-queries.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { REAL_POLICY } from '../heal-node/harness.ts';
import { connectTo, startTemporalServer, type TemporalServer } from '../runtime/temporal-server.ts';
import { startHeal } from './started-heal.ts';

const CLUSTER = 'heap';
const HEALS = 4;
const ATTEMPTS = 15;
const POLICY = { ...REAL_POLICY, windowMs: 600_000, intervalMs: 200, searchAttributes: false };
/** That of the workflow, of the step, of its timer; and some that a heal which is just at work has not let go of. */
const SCOPES_PER_HEAL_MAX = 6;
const WAIT_MS = 120_000;

let server: TemporalServer;
let connection: NativeConnection;
let child: ChildProcess;
beforeAll(async () => {
  server = await startTemporalServer();
  connection = await connectTo(server.profile, { searchAttributes: false });
  const program = fileURLToPath(new URL('heap-child.ts', import.meta.url));
  // Not the flags of jest, and Node's warning about TypeScript says nothing here.
  child = fork(program, [server.profile.address, CLUSTER], { execArgv: ['--no-warnings'] });
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await connection?.close();
  await server?.stop();
});

test('H16: the scopes of finished steps do not stay in memory', async () => {
  const client = new Client({ connection });
  const nodes = Array.from({ length: HEALS }, (_, index) => `akswin${index}`);
  const handles = await Promise.all(nodes.map((node) => startHeal(client, { cluster: CLUSTER, node, policy: POLICY })));
  const attemptsOf = async (handle: WorkflowHandle) => (await handle.query(healingStatus)).attempts;
  await waitUntil(async () => (await Promise.all(handles.map(attemptsOf))).every((count) => count >= ATTEMPTS), {
    what: `${ATTEMPTS} attempts of each heal`,
    timeoutMs: WAIT_MS,
  });

  // Two classes: that of a scope in a workflow, and that of the scope which has no parent.
  const scopes = await countObjects(['CancellationScope', 'RootCancellationScope']);

  expect(scopes).toBeGreaterThanOrEqual(HEALS);
  expect(scopes).toBeLessThanOrEqual(HEALS * SCOPES_PER_HEAL_MAX);
});

async function countObjects(classNames: string[]): Promise<number> {
  const answer = once(child, 'message');
  child.send(classNames);
  return Number((await answer)[0]);
}
