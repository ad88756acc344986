/** A template of an executor that is changed after people have approved: what they approved is not begun. */

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectCluster } from '../../kubernetes/client/connection.ts';
import { type Approvals, createApprovals } from '../../kubernetes/upgrade/approvals.ts';
import { RELEASE_NAMESPACE } from '../../sandbox/layout.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { BEFORE, startUpgradeWorld, TARGET, type UpgradeWorld } from '../e2e/upgrade-world.ts';

const WORKERS = ['w-1', 'w-2'];
const TEMPLATES = fileURLToPath(new URL('../../sandbox/machines/templates', import.meta.url));
const TEMPLATE = 'exchange.yaml';

let templates: string;
let world: UpgradeWorld;
let maintainer: VigilanteProcess;
let approvals: Approvals;
let close: () => Promise<void>;

beforeAll(async () => {
  templates = await mkdtemp(join(tmpdir(), 'vigilante-templates-'));
  await cp(TEMPLATES, templates, { recursive: true });
  world = await startUpgradeWorld({
    workers: WORKERS,
    nodesMax: 1,
    waves: ['100%'],
    templates,
    approval: { required: true },
  });
  maintainer = world.maintainer;
  const connection = connectCluster({ kubeconfig: { kind: 'file', path: world.sandbox.env.KUBECONFIG } });
  close = () => connection.close();
  approvals = createApprovals(connection, RELEASE_NAMESPACE);
}, 300_000);

afterAll(async () => {
  await close?.();
  await world?.stop();
  if (templates !== undefined) await rm(templates, { recursive: true });
});

const untilWaiting = () => world.until('it to wait for approval', ({ state }) => state === 'waiting-for-approval');

async function approve(run: string, planDigest: string): Promise<void> {
  await approvals.create({ run, planDigest, decision: 'approve', comment: 'CHG-1', notAfterMs: null });
}

async function restartMaintainer(): Promise<void> {
  maintainer = await world.sandbox.startProcess('maintainer');
  await maintainer.waitUntilReady(180_000);
}

async function kubelets(): Promise<readonly (string | undefined)[]> {
  const states = await world.states();
  return WORKERS.map((name) => states.get(name)?.kubelet);
}

test('M6, M37: with another template the approved plan is not begun, and its approval does not count for the next one', async () => {
  await world.start('first');
  const { planDigest } = await untilWaiting();
  // Nobody looks at the approval before the template is another one.
  await maintainer.kill('SIGKILL');
  await maintainer.exited;
  await approve('first', planDigest);
  const file = join(templates, TEMPLATE);
  await writeFile(file, (await readFile(file, 'utf8')).replace('image: vigilante-exchange', 'image: other-exchange'));
  await restartMaintainer();
  expect(await world.result()).toMatchObject({ detail: expect.stringContaining('what was planned has changed') });
  expect(await kubelets()).toEqual(WORKERS.map(() => BEFORE));

  await world.start('first');
  const again = await untilWaiting();
  expect(again.planDigest).not.toBe(planDigest);
  expect(await kubelets()).toEqual(WORKERS.map(() => BEFORE));
  await approve('first', again.planDigest);
  expect(await world.result()).toMatchObject({ outcome: 'done' });
  expect(await kubelets()).toEqual(WORKERS.map(() => TARGET));
  const report = await world.upgrade.report();
  expect(report?.approvedBy).toHaveLength(1);
}, 600_000);
