/** All that cops-vigilante does, and what it could not do, on real parts. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import { stringify } from 'yaml';
import { DEFAULT_HEALED_ANNOTATION } from '../../contracts/healing/names.ts';
import { restartHealing } from '../../contracts/healing/signals-and-queries.ts';
import { OS_LABEL } from '../../contracts/names.ts';
import { type Component } from '../../contracts/processes.ts';
import { MERGE_PATCH } from '../../sandbox/api-client.ts';
import type { AuditEvent } from '../../sandbox/audit.ts';
import { RELEASE_NAMESPACE } from '../../sandbox/layout.ts';
import type { ProcessOptions, VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { deed, isOurs, nodePatches, provedSandbox, STARTER, WORKER } from './audit-attempts.ts';
import { type HealingWorld, startHealingWorld } from './healing-world.ts';

const WINDOW_MS = 9_000;
const ERROR_BUDGET = 10;
const WAIT_MS = 120_000;
const QUOTAS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/resourcequotas`;

let world: HealingWorld;
let starter: VigilanteProcess;
let worker: VigilanteProcess;

// Each test runs alone and in any order: it has nodes of its own, waits for the end of their heals and undoes what it did
// to others. `first` and `unmarked` are healed before the first test.
beforeAll(async () => {
  world = await startHealingWorld({
    vigilante: {
      healing: { window: `${WINDOW_MS}ms`, interval: '1s', errorBudget: ERROR_BUDGET, retryAfter: '1m' },
      starter: { reconcileInterval: '1s' },
    },
    async before(sandbox) {
      await sandbox.addNode('first');
      await sandbox.addNode('unmarked');
      await sandbox.addNode('linux', { os: 'linux' });
      await sandbox.addNode('unlabelled');
      const body = { metadata: { labels: { [OS_LABEL]: null } } };
      await sandbox.api.demand('PATCH', '/api/v1/nodes/unlabelled', { body, contentType: MERGE_PATCH });
    },
  });
  const [only] = world.starters;
  if (only === undefined) throw new Error('no starter');
  starter = only;
  worker = world.worker;
  await Promise.all(['first', 'unmarked'].map(untilHealed));
});

afterAll(async () => {
  await world?.stop();
});

/** The node is annotated and its heal has ended, so that nothing of it goes on in later tests. */
async function untilHealed(node: string): Promise<void> {
  await world.untilAnnotated(node);
  await world.heal(node).result();
}

/** Some seconds of the starter's own time, without a clock: it compares nodes and heals once a second. */
async function untilReconciled(times: number): Promise<void> {
  const count = async () =>
    (await world.sandbox.auditEvents()).filter((event) => event.user === STARTER && deed(event) === 'list pods').length;
  const before = await count();
  const what = `${times} reconciles`;
  await waitUntil(async () => (await count()) >= before + times, { what, timeoutMs: WAIT_MS, pollMs: 200 });
}

/** Attempts that the API server rejected. */
async function rejections(node: string): Promise<readonly AuditEvent[]> {
  const prefix = `vigilante-snat-healer-${node}-`;
  return (await world.sandbox.auditEvents()).filter(
    (event) => deed(event) === 'create pods' && event.code === 403 && (event.name ?? '').startsWith(prefix),
  );
}

/** Annotations written by our own processes, in their order. */
async function healedValues(node: string): Promise<readonly (string | null | undefined)[]> {
  return nodePatches(await world.sandbox.auditEvents(), node).map(
    ({ annotations }) => annotations[DEFAULT_HEALED_ANNOTATION],
  );
}

/** Runs `body` under a quota that allows no pod. */
async function withoutPods<T>(body: () => Promise<T>): Promise<T> {
  const { api } = world.sandbox;
  await api.demand('POST', QUOTAS, { body: { metadata: { name: 'none' }, spec: { hard: { pods: '0' } } } });
  try {
    return await body();
  } finally {
    await api.demand('DELETE', `${QUOTAS}/none`);
  }
}

async function isListedAsStalled(node: string): Promise<boolean> {
  const query = "VigilanteState = 'stalled' AND ExecutionStatus = 'Running'";
  for await (const { workflowId } of world.temporal.workflow.list({ query })) {
    if (workflowId === `heal-node/sandbox/${node}`) return true;
  }
  return false;
}

test('H1, H2: a node that was there before the worker gets its first pod', async () => {
  const [life] = await world.lives('first', 1);
  expect(life).toMatchObject({ attempt: 1, createdBy: WORKER });
});

test('H3: the second cycle removes the pod and makes another one', async () => {
  const [first, second] = await world.lives('first', 2);
  expect(second?.attempt).toBe(2);
  expect(second?.uid).not.toBe(first?.uid);
  expect(first?.end?.deletedMs).toBeLessThanOrEqual(second?.createdMs ?? 0);
});

test('H6: the node is annotated after the window, and its pods are gone', async () => {
  const lives = await world.lives('first');
  const [patch] = nodePatches(await world.sandbox.auditEvents(), 'first');
  const { startTime } = await world.heal('first').describe();
  expect((patch?.atMs ?? 0) - startTime.getTime()).toBeGreaterThanOrEqual(WINDOW_MS);
  expect(lives.filter(provedSandbox).length).toBeGreaterThanOrEqual(3);
  expect(lives.filter(({ end }) => end === null)).toEqual([]);
});

test('H8: a node that turns NotReady gets no pods, and Ready again a full new window', async () => {
  await world.sandbox.addNode('restless');
  await world.lives('restless', 3);
  await world.sandbox.setNodeReady('restless', false);
  await world.untilState('restless', 'waiting-for-ready');
  const before = await world.lives('restless');
  await untilReconciled(3);
  expect((await world.lives('restless')).length).toBe(before.length);
  const readyMs = Date.now();
  await world.sandbox.setNodeReady('restless', true);
  await untilHealed('restless');
  const [patch] = nodePatches(await world.sandbox.auditEvents(), 'restless');
  expect((patch?.atMs ?? 0) - readyMs).toBeGreaterThanOrEqual(WINDOW_MS);
  const inWindow = (await world.lives('restless', before.length + 3)).filter(({ createdMs }) => createdMs >= readyMs);
  expect(inWindow.filter(provedSandbox).length).toBeGreaterThanOrEqual(3);
});

test('H10: a node that somebody else annotates while it heals is left to them', async () => {
  await world.sandbox.addNode('elsewhere');
  await world.lives('elsewhere', 2);
  await world.sandbox.annotateNode('elsewhere', { [DEFAULT_HEALED_ANNOTATION]: 'True' });
  expect(await world.heal('elsewhere').result()).toMatchObject({ outcome: 'healed-elsewhere' });
  expect(await healedValues('elsewhere')).toEqual([]);
  expect((await world.lives('elsewhere')).filter(({ end }) => end === null)).toEqual([]);
});

test('H11: a few rejected attempts are tolerated', async () => {
  await world.sandbox.addNode('tolerant');
  await world.lives('tolerant', 2);
  await withoutPods(async () => {
    const what = '3 rejected attempts';
    await waitUntil(async () => (await rejections('tolerant')).length >= 3, { what, timeoutMs: WAIT_MS });
  });
  await untilHealed('tolerant');
  expect((await rejections('tolerant')).length).toBeLessThan(ERROR_BUDGET);
  expect((await world.nodeEvents('tolerant')).map(({ reason }) => reason)).not.toContain('HealingStalled');
});

test('H11, H12, H13, H17: many rejected attempts stall the heal for all to see, and a restart heals the node in a full new window', async () => {
  await withoutPods(async () => {
    await world.sandbox.addNode('unlucky');
    const status = await world.untilState('unlucky', 'stalled');
    expect(await rejections('unlucky')).toHaveLength(ERROR_BUDGET);
    expect(status).toMatchObject({
      rejectedInARow: ERROR_BUDGET,
      lastError: expect.stringContaining('exceeded quota'),
    });
    await waitUntil(() => isListedAsStalled('unlucky'), {
      what: 'the stalled heal in the list of Temporal',
      timeoutMs: WAIT_MS,
    });
    const warning = (await world.nodeEvents('unlucky')).find(({ reason }) => reason === 'HealingStalled');
    expect(warning).toMatchObject({ type: 'Warning', message: expect.stringContaining('exceeded quota') });
    await untilReconciled(3);
    expect(await rejections('unlucky')).toHaveLength(ERROR_BUDGET);
  });

  const signalledMs = Date.now();
  await world.heal('unlucky').signal(restartHealing, { reason: 'the quota is gone' });
  await untilHealed('unlucky');
  expect(await healedValues('unlucky')).toEqual(['false', 'true']);
  const events = await world.sandbox.auditEvents();
  const [reset, healed] = nodePatches(events, 'unlucky');
  expect(reset?.atMs).toBeGreaterThanOrEqual(signalledMs);
  expect((healed?.atMs ?? 0) - signalledMs).toBeGreaterThanOrEqual(WINDOW_MS);
  const starts = (await world.nodeEvents('unlucky')).filter(({ reason }) => reason === 'HealingStarted');
  expect(starts.map(({ message }) => message)).toEqual([
    expect.not.stringContaining('restarted'),
    expect.stringContaining('restarted by signal: the quota is gone'),
  ]);
});

test('H2: a healed cluster is left alone, also by a new starter', async () => {
  const runs = await world.runs('first');
  const worked = async () => (await world.sandbox.auditEvents()).filter(({ user }) => user === WORKER).length;
  const before = await worked();
  await starter.kill();
  starter = await world.sandbox.startProcess('starter');
  await starter.waitUntilReady();
  await untilReconciled(3);
  expect(await worked()).toBe(before);
  expect(await world.runs('first')).toEqual(runs);
});

test('H2, H10: a later node and one that lost its annotation are healed, the others left alone', async () => {
  const othersBefore = (await world.lives('first')).length;
  await world.sandbox.annotateNode('unmarked', { [DEFAULT_HEALED_ANNOTATION]: null });
  await world.sandbox.addNode('later');
  await untilHealed('later');
  await untilHealed('unmarked');
  expect(await healedValues('later')).toEqual(['true']);
  // What is left of the mark that somebody removed, its proof, is taken back first.
  expect(await healedValues('unmarked')).toEqual(['true', 'false', 'true']);
  expect((await world.lives('first')).length).toBe(othersBefore);
});

test('H1: nodes that are not labelled as Windows are never touched', async () => {
  const ours = (await world.sandbox.auditEvents()).filter(isOurs);
  for (const name of ['linux', 'unlabelled']) {
    expect(ours.filter((event) => event.name === name || event.uri.includes(name))).toEqual([]);
    expect(await world.lives(name)).toEqual([]);
    expect((await world.sandbox.getNode(name))?.annotations).not.toHaveProperty(DEFAULT_HEALED_ANNOTATION);
    await expect(world.heal(name).describe()).rejects.toThrow(WorkflowNotFoundError);
  }
});

test('H14: worker and starter accept the conf.yaml of cops-vigilante and follow it', async () => {
  const tolerations = [
    { key: 'os', operator: 'Equal', value: 'windows', effect: 'NoSchedule' },
    { key: 'node.kubernetes.io/unschedulable', operator: 'Exists' },
  ];
  const conf = { tls: false, interval: 1, tasks: { snat: { healing_pod_tolerations: tolerations } } };
  await withConfiguration(conf, async () => {
    await world.sandbox.addNode('legacy');
    const [life] = await world.lives('legacy', 3);
    const asked = (await world.sandbox.auditEvents()).find(
      (event) => deed(event) === 'create pods' && event.name === life?.name,
    );
    expect(asked?.requestObject).toMatchObject({ spec: { tolerations } });
    // The file names no cluster, so the heal has another id, and the policy is the default.
    const heal = world.temporal.workflow.getHandle('heal-node/default/legacy');
    const [started] = (await heal.fetchHistory()).events ?? [];
    const [input] = started?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(JSON.parse(Buffer.from(input?.data ?? []).toString())).toMatchObject({
      policy: { windowMs: 1_800_000, intervalMs: 1_000, evidence: 'sandbox' },
    });
    // The window of half an hour ends with the node.
    await world.sandbox.deleteNode('legacy');
    await heal.result();
  });
});

/** Runs `body` with a worker and a starter of this configuration in the place of those of the sandbox. */
async function withConfiguration(configuration: unknown, body: () => Promise<void>): Promise<void> {
  const configPath = join(world.sandbox.layout.folder, 'cops-vigilante.yaml');
  await writeFile(configPath, stringify(configuration));
  await Promise.all([starter.kill(), worker.kill()]);
  [worker, starter] = await startBoth({ replica: 1, configPath });
  try {
    await body();
  } finally {
    await Promise.all([starter.kill(), worker.kill()]);
    [worker, starter] = await startBoth();
  }
}

async function startBoth(options?: ProcessOptions): Promise<[VigilanteProcess, VigilanteProcess]> {
  const start = async (component: Component) => {
    const process = await world.sandbox.startProcess(component, options);
    await process.waitUntilReady();
    return process;
  };
  return Promise.all([start('worker'), start('starter')]);
}
