/** Six workers go to the version of their API server: canary, waves, who joins, a rerun, a survey, a maintainer that is killed. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MaintainNodeInput } from '../../contracts/maintenance/maintain-node.ts';
import { upgradeClusterWorkflowId } from '../../contracts/upgrade/names.ts';
import type { UpgradeClusterResult } from '../../contracts/upgrade/upgrade-cluster.ts';
import { cordonedMax, nodeSteps } from '../../sandbox/machines/maintenance-audit.ts';
import { parseReport, startUpgradeWorld, TARGET, type UpgradeWorld, writesSince } from './upgrade-world.ts';

const NODES_MAX = 2;
const WORKERS = ['w-1', 'w-2', 'w-3', 'w-4', 'w-5', 'w-6'];
const JOINED = 'w-joined';

let world: UpgradeWorld;
let result: UpgradeClusterResult;
let firstRun: string;

beforeAll(async () => {
  world = await startUpgradeWorld({ workers: WORKERS, nodesMax: NODES_MAX, waves: ['50%', '100%'] });
  await world.start('first');
  await world.until('the first wave', ({ wave }) => wave !== null && wave.startsWith('wave'));
  await world.addWorker(JOINED);
  result = await world.result();
  const { raw } = await world.temporal.workflow.getHandle(upgradeClusterWorkflowId('sandbox')).describe();
  firstRun = raw.workflowExecutionInfo?.firstRunId ?? '';
}, 600_000);

afterAll(async () => {
  await world?.stop();
});

test('M18, M47: all workers are proven at the target, also one that joined before the end', async () => {
  expect(result).toMatchObject({ outcome: 'done', counts: { done: WORKERS.length + 1 }, exceptions: [] });
  for (const [name, state] of await world.states()) {
    expect({ name, ...state }).toMatchObject({ kubelet: TARGET, isCordoned: false, isMarked: false, acts: 1 });
  }
});

test('Temporal lists the maintenances of a run by its name, and by their nodes', async () => {
  const listed = async (query: string) => {
    const ids: string[] = [];
    for await (const { workflowId } of world.temporal.workflow.list({ query })) ids.push(workflowId);
    return ids.toSorted();
  };
  const [first] = WORKERS;
  expect(await listed('VigilanteRun = "first"')).toEqual(
    [...WORKERS, JOINED].map((node) => `maintain-node/sandbox/${node}`).toSorted(),
  );
  expect(await listed(`VigilanteRun = "first" AND VigilanteNode = "${first}"`)).toHaveLength(1);
});

test('M4: the maintainer shows the versions that the upgrade has observed', async () => {
  const page = await (await fetch(`${world.maintainer.httpUrl}/metrics`)).text();
  expect(page).toContain(`vigilante_versions{component="kube-apiserver",version="${TARGET}"} 1\n`);
  expect(page).toContain(`vigilante_versions{component="kubelet",version="${TARGET}"} ${WORKERS.length + 1}\n`);
});

test('M26: a canary goes alone, and never are more nodes away than the budget allows', async () => {
  const steps = nodeSteps(await world.sandbox.auditEvents());
  expect(cordonedMax(steps)).toBe(NODES_MAX);
  const ends = steps.filter(({ step }) => step === 'mark-and-cordon' || step === 'uncordon').slice(0, 2);
  expect(ends).toEqual([
    { node: 'w-1', step: 'mark-and-cordon' },
    { node: 'w-1', step: 'uncordon' },
  ]);
});

test('M24: nodes of a wave queue in the order of the plan, whichever asks for its slot first', async () => {
  const { events } = await world.temporal.workflow
    .getHandle(upgradeClusterWorkflowId('sandbox'), firstRun)
    .fetchHistory();
  const begun = (events ?? []).flatMap(({ startChildWorkflowExecutionInitiatedEventAttributes: started }) => {
    const data = started?.input?.payloads?.[0]?.data;
    return data ? [JSON.parse(Buffer.from(data).toString('utf8')) as MaintainNodeInput] : [];
  });
  const queue = begun.toSorted((a, b) => (a.queuedMs ?? 0) - (b.queuedMs ?? 0)).map(({ node }) => node.name);
  expect(queue).toEqual([...WORKERS, JOINED]);
  expect(new Set(begun.map(({ queuedMs }) => queuedMs)).size).toBe(begun.length);
});

test('M46: the report has each node, as JSON and for people', async () => {
  const files = await readdir(world.reportFolder);
  const [json = '', markdown = ''] = files.toSorted();
  expect([json, markdown].map((file) => file.replace(/\.sandbox\..*Z/, ''))).toEqual(['first.json', 'first.md']);
  const report = parseReport(await readFile(join(world.reportFolder, json), 'utf8'));
  expect(report.outcome).toBe('done');
  expect(report.records.map(({ node }) => node).toSorted()).toEqual([...WORKERS, JOINED].toSorted());
  const text = await readFile(join(world.reportFolder, markdown), 'utf8');
  expect(text).toContain(`| w-1 | workers | node | v1.35.4 | ${TARGET} | done |`);
  expect(text).toContain('- certificates:');
});

test('M5: a rerun of what is done writes nothing', async () => {
  const sinceMs = Date.now();
  await world.start('again');
  expect(await world.result()).toMatchObject({ outcome: 'already-done' });
  expect(writesSince(await world.sandbox.auditEvents(), sinceMs)).toEqual([]);
  expect(await readdir(world.reportFolder)).toHaveLength(2);
}, 120_000);

test('M8: a survey has the plan, its checks and its digest, and writes nothing', async () => {
  await world.reset();
  const sinceMs = Date.now();
  const versions = { kubernetes: TARGET, cni: null, crictl: null, etcd: null, artifacts: [] } as never;
  const asked = {
    cluster: 'sandbox',
    run: 'second',
    versions,
    parts: ['workers'],
    startedBy: 'anna',
    fleet: null,
  } as const;
  const surveyed = await world.upgrade.survey(asked, 60_000);
  expect(surveyed?.result).toMatchObject({ outcome: 'done', detail: expect.stringContaining('nothing was written') });
  expect(surveyed?.plan.steps).toHaveLength(WORKERS.length + 1);
  expect(surveyed?.plan.planDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(surveyed?.plan.preflight.length).toBeGreaterThan(10);
  expect(writesSince(await world.sandbox.auditEvents(), sinceMs)).toEqual([]);
}, 120_000);

test('M1: a version that takes several runs is refused with the runs', async () => {
  const versions = { kubernetes: 'v1.38.0', cni: null, crictl: null, etcd: null, artifacts: [] } as never;
  await world.start('too-far', { versions });
  expect(await world.result()).toMatchObject({
    outcome: 'blocked',
    detail: 'from v1.36.3 to v1.38.0 takes 2 runs, one to each of v1.37, v1.38',
  });
}, 120_000);

test('M21: a maintainer that is killed in the middle finishes, and takes no node twice', async () => {
  await world.reset();
  await world.start('killed');
  await world.until(
    'two nodes in work after the canary',
    ({ counts, inWork }) => counts.done === 1 && inWork.length > 1,
  );
  await world.maintainer.kill('SIGKILL');
  await world.maintainer.exited;
  const again = await world.sandbox.startProcess('maintainer', { replica: 1 });
  await again.waitUntilReady();
  expect(await world.result()).toMatchObject({ outcome: 'done', counts: { done: WORKERS.length + 1 } });
  expect(Object.values(await world.acts())).toEqual(Object.values(await world.acts()).map(() => 1));
  expect([...(await world.states()).values()].filter(({ isCordoned }) => isCordoned)).toEqual([]);
}, 480_000);
