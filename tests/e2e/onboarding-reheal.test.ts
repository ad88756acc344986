/** What has changed since the mark: another boot, a mark from another machine, a mark without a proof (E26). */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION, SNAT_PROOF_ANNOTATION } from '../../contracts/healing/names.ts';
import { fileOf } from '../../sandbox/layout.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import type { HealingWorld } from './healing-world.ts';
import { setNodeInfo } from './node-writes.ts';
import {
  conditionsIn,
  expectProvenMarks,
  marksIn,
  reasonsOf,
  startOnboardingWorld,
  UNTIL,
  untilReason,
} from './onboarding-world.ts';
import { untilStatus } from './status-command.ts';

const ConfigSchema = z.looseObject({ healing: z.looseObject({}) });
const ProofSchema = z.looseObject({ uid: z.string(), boot: z.string() });

let world: HealingWorld;
let processes: readonly VigilanteProcess[] = [];
let replica = 1;

beforeAll(async () => {
  world = await startOnboardingWorld({ relapse: { watch: 'window', interval: '2s' }, reheal: { on: [] } });
  processes = [world.worker, ...world.starters];
});

afterAll(async () => {
  await world?.stop();
});

/** Worker and starter end, and begin with another list in `reheal.on`. */
async function restartWith(on: readonly string[]): Promise<void> {
  const { layout } = world.sandbox;
  const config = ConfigSchema.parse(parse(await readFile(fileOf(layout, 'conf.yaml'), 'utf8')));
  const configPath = join(layout.folder, 'conf-reheal.yaml');
  await writeFile(configPath, stringify({ ...config, healing: { ...config.healing, reheal: { on } } }));
  await Promise.all(processes.map((process) => process.kill('SIGTERM')));
  const options = { configPath, replica };
  replica += 1;
  processes = [
    await world.sandbox.startProcess('worker', options),
    await world.sandbox.startProcess('starter', options),
  ];
  for (const process of processes) await process.waitUntilReady();
}

/** Whole from the first write: a mark that is seen without machine or boot is reported once more with them. */
async function addBooted(name: string, boot: string, annotations: Record<string, string> = {}): Promise<void> {
  await world.sandbox.addNode(name, { annotations, machine: `machine-of-${name}`, boot });
}

async function proofOf(name: string) {
  const annotations = (await world.sandbox.getNode(name))?.annotations;
  const isMarked = annotations?.[DEFAULT_HEALED_ANNOTATION] === 'true';
  return isMarked ? ProofSchema.parse(JSON.parse(annotations[SNAT_PROOF_ANNOTATION] ?? '')) : null;
}

async function untilProven(name: string, boot: string): Promise<void> {
  const uid = (await world.sandbox.getNode(name))?.uid;
  const isProven = async () => {
    const proof = await proofOf(name);
    return proof?.uid === uid && proof?.boot === boot;
  };
  const explain = async () => JSON.stringify([await world.sandbox.getNode(name), await world.status(name)]);
  await waitUntil(isProven, { what: `a proof for boot ${boot} of ${name}`, explain, ...UNTIL });
}

test('E26: another boot and an inherited mark are reported, and healed again once reheal.on lists them; a mark of others is left alone', async () => {
  const { sandbox } = world;
  await addBooted('booted', '7');
  await untilProven('booted', '7');
  const inherited = (await sandbox.getNode('booted'))?.annotations ?? {};
  await addBooted('cloned', '3', inherited);
  await addBooted('by-others', '5', { [DEFAULT_HEALED_ANNOTATION]: 'true' });
  await setNodeInfo(sandbox, 'booted', { bootID: '8' });

  // Nothing is healed again where the list is empty.
  for (const [node, mark] of [
    ['booted', 'other-boot'],
    ['cloned', 'other-node'],
    ['by-others', 'no-proof'],
  ] as const) {
    await untilReason(world, node, 'ForeignMark');
    await untilStatus(sandbox, node === 'booted' ? [node] : ['--all', node], { node, mark });
    expect((await sandbox.getNode(node))?.annotations[DEFAULT_HEALED_ANNOTATION]).toBe('true');
  }
  expect(await proofOf('booted')).toMatchObject({ boot: '7' });
  expect(await world.runs('cloned')).toEqual([]);

  await restartWith(['machine', 'boot']);
  await untilProven('booted', '8');
  await untilProven('cloned', '3');
  await setNodeInfo(sandbox, 'booted', { bootID: '9' });
  await untilProven('booted', '9');

  const events = await sandbox.auditEvents();
  for (const [node, marks] of [
    ['booted', 3],
    ['cloned', 1],
  ] as const) {
    expect(await expectProvenMarks(world, node)).toHaveLength(marks);
    expect(marksIn(events, node, 'false').length).toBeGreaterThan(0);
  }
  const shown = async () => conditionsIn(await sandbox.auditEvents(), 'booted');
  await waitUntil(async () => (await shown()).length >= 6, { what: 'the last condition', ...UNTIL });
  const ofOneBoot = ['Unknown/Rebooted', 'True/Healed'];
  expect(await shown()).toEqual(['Unknown/Healing', 'True/Healed', ...ofOneBoot, ...ofOneBoot]);
  await untilStatus(sandbox, ['booted'], { node: 'booted', mark: 'proven' });

  // Both starters compared all nodes many times by now.
  await untilStatus(sandbox, ['--all', 'by-others'], { node: 'by-others', state: 'healed', mark: 'no-proof' });
  expect(await world.runs('by-others')).toEqual([]);
  expect(await world.lives('by-others')).toEqual([]);
  expect((await reasonsOf(world, 'by-others')).filter((reason) => reason === 'ForeignMark')).toHaveLength(1);
  expect(marksIn(await sandbox.auditEvents(), 'by-others', 'false')).toEqual([]);
});
