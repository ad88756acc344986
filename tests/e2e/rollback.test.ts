/** Before a rollback: `vigilante restart --open-onboarding`, in a sandbox whose heals ask an echo (E46). */

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { stringify } from 'yaml';
import { z } from 'zod';
import {
  DEFAULT_HEALED_ANNOTATION,
  HEALING_POD_LABELS,
  HEALING_SWITCH_ANNOTATION,
  HEALING_SWITCH_OFF,
  healNodeWorkflowId,
} from '../../contracts/healing/names.ts';
import { parseNodeName } from '../../domain/node/identity.ts';
import { MERGE_PATCH } from '../../sandbox/api-client.ts';
import { fileOf, RELEASE_NAMESPACE, SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { temporalClientOf } from '../fixtures/sandbox-temporal.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const WAIT_MS = 180_000;
const WINDOW = { window: '10m', interval: '2s' };
const EARLY = { ...WINDOW, finish: 'proven', proofsOver: '1s', intervalFirst: '1s' };
/** Its heal goes on; it is marked and watched; somebody switched it off. */
const NODES = { open: 'lying-1', watched: 'proving-1', off: 'off-1' };

let sandbox: Sandbox;
let client: Client;
let plainConfig: string;

beforeAll(async () => {
  sandbox = await startSandbox({ report: () => {}, evidence: 'source-address', vigilante: { healing: EARLY } });
  client = await temporalClientOf(sandbox);
  plainConfig = join(sandbox.layout.folder, 'conf-plain.yaml');
  const evidence = { ...WINDOW, evidence: 'sandbox', provenPodsMin: 1 };
  await writeFile(plainConfig, stringify({ cluster: SANDBOX_CLUSTER, healing: evidence }));
});

afterAll(async () => {
  await client?.connection.close();
  await sandbox?.stop();
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** As a person runs it, by default with the configuration of the cluster. */
function restart(...args: readonly string[]): Promise<Run> {
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((resolve) => {
    const env = { ...sandbox.env, PATH, HOME };
    execFile(PROGRAM, ['restart', '--open-onboarding', ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

async function healOf(
  name: string,
): Promise<{ readonly type: string; readonly status: string; readonly runId: string }> {
  const node = parseNodeName(name);
  if (node === null) throw new Error(`${name} is no name of a node`);
  const { type, status, runId } = await client.workflow
    .getHandle(healNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node }))
    .describe();
  return { type, status: status.name, runId };
}

async function annotationsOf(name: string): Promise<Readonly<Record<string, string>>> {
  const nodes = await sandbox.listNodes();
  return nodes.find((node) => node.name === name)?.annotations ?? {};
}

async function isRunning(name: string, type: string): Promise<boolean> {
  const heal = await healOf(name).catch(() => null);
  return heal?.type === type && heal.status === 'RUNNING';
}

const PodsSchema = z.object({ items: z.array(z.looseObject({ spec: z.object({ nodeName: z.string().optional() }) })) });

async function podsOn(name: string): Promise<number> {
  const selector = Object.entries(HEALING_POD_LABELS).map(([key, value]) => `${key}=${value}`);
  const path = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods?labelSelector=${encodeURIComponent(selector.join(','))}`;
  const { items } = PodsSchema.parse((await sandbox.api.demand('GET', path)).body);
  return items.filter(({ spec }) => spec.nodeName === name).length;
}

test('E46: the open heals end, the starter begins plain ones, and what was marked or switched off stays so', async () => {
  const worker = await sandbox.startProcess('worker');
  const starter = await sandbox.startProcess('starter');
  for (const process of [worker, starter]) await process.waitUntilReady();
  await sandbox.addNode(NODES.open, { behaviour: 'lying' });
  await sandbox.addNode(NODES.watched, { behaviour: 'proving' });
  for (const name of [NODES.open, NODES.watched]) {
    await waitUntil(() => isRunning(name, 'onboardNode'), { what: `a heal of ${name}`, timeoutMs: WAIT_MS });
  }
  await waitUntil(async () => (await annotationsOf(NODES.watched))[DEFAULT_HEALED_ANNOTATION] === 'true', {
    what: 'the mark',
    timeoutMs: WAIT_MS,
  });

  // As long as the configuration asks for such heals nothing is ended.
  const refused = await restart('--config', fileOf(sandbox.layout, 'conf.yaml'));
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the starter would begin such heals again'),
  });
  for (const name of Object.values(NODES).slice(0, 2)) expect(await isRunning(name, 'onboardNode')).toBe(true);

  await starter.kill('SIGTERM');
  const plainStarter = await sandbox.startProcess('starter', { replica: 1, configPath: plainConfig });
  await plainStarter.waitUntilReady();
  await sandbox.addNode(NODES.off, { behaviour: 'lying' });
  await sandbox.api.demand('PATCH', `/api/v1/nodes/${NODES.off}`, {
    body: { metadata: { annotations: { [HEALING_SWITCH_ANNOTATION]: HEALING_SWITCH_OFF } } },
    contentType: MERGE_PATCH,
  });

  const ended = await restart('--config', plainConfig);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout.trimEnd().split('\n').toSorted()).toEqual([
    '2 of 2 heals of the type onboardNode have ended',
    'lying-1: its heal has ended; the starter begins another one',
    'proving-1: its heal has ended; the node stays marked',
  ]);
  await waitUntil(() => isRunning(NODES.open, 'healNode'), { what: 'a plain heal', timeoutMs: WAIT_MS });
  expect(await annotationsOf(NODES.open)).not.toHaveProperty(HEALING_SWITCH_ANNOTATION);

  const watched = await annotationsOf(NODES.watched);
  expect(watched).toMatchObject({ [DEFAULT_HEALED_ANNOTATION]: 'true' });
  expect(watched).not.toHaveProperty(HEALING_SWITCH_ANNOTATION);
  expect(await healOf(NODES.watched)).toMatchObject({ type: 'onboardNode', status: 'CANCELLED' });
  expect(await podsOn(NODES.watched)).toBe(0);
  expect(await annotationsOf(NODES.off)).toMatchObject({ [HEALING_SWITCH_ANNOTATION]: HEALING_SWITCH_OFF });

  await waitUntil(async () => (await restart('--config', plainConfig)).stdout.startsWith('no heal of the type'), {
    what: 'no open heal',
    timeoutMs: WAIT_MS,
  });
});
