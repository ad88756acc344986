/** Marked nodes whose pods have the address of the node again: healed again, and braked where too many do (E22 to E25). */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_HEALED_ANNOTATION, relapsedAnnotation, SNAT_PROFILE } from '../../contracts/healing/names.ts';
import type { Behaviour } from '../../sandbox/behaviour.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type NodePatch, WORKER } from './audit-attempts.ts';
import type { HealingWorld } from './healing-world.ts';
import { setBehaviour } from './node-writes.ts';
import {
  conditionOf,
  conditionsIn,
  expectProvenMarks,
  marksIn,
  metric,
  podsOf,
  reasonsOf,
  startOnboardingWorld,
  UNTIL,
  untilAllMarked,
  untilReason,
} from './onboarding-world.ts';

const NODES = Array.from({ length: 20 }, (_, index) => `marked-${index + 1}`);
const RELAPSED = NODES.slice(0, 3);
/** Marked nodes whose pods get no answer that counts. */
const SILENT = { 'marked-4': 'mute', 'marked-5': 'forged' } as const satisfies Record<string, Behaviour>;
const REFUTED_IN_A_ROW = 2;
const STORM = { relapsesMax: '10%', relapsesMin: 3, relapsesPer: '15s' };
const STORM_MS = 15_000;
const RELAPSE = { watch: 'always', interval: '4s', intervalLater: '4s', refutedInARow: REFUTED_IN_A_ROW };
const RELAPSED_AT = relapsedAnnotation(SNAT_PROFILE);

let world: HealingWorld;

beforeAll(async () => {
  world = await startOnboardingWorld({ relapse: RELAPSE, storm: STORM });
});

afterAll(async () => {
  await world?.stop();
});

async function behave(nodes: readonly string[], behaviour: Behaviour): Promise<void> {
  await Promise.all(nodes.map((node) => setBehaviour(world.sandbox, node, behaviour)));
}

/** Each mark that was taken back because of a relapse. */
async function relapses(): Promise<readonly NodePatch[]> {
  const events = await world.sandbox.auditEvents();
  return NODES.flatMap((node) => marksIn(events, node, 'false')).filter(
    ({ annotations }) => typeof annotations[RELAPSED_AT] === 'string',
  );
}

const relapsedMs = ({ annotations }: NodePatch) => Date.parse(annotations[RELAPSED_AT] ?? '');

/** The most that fell into one period of the brake, whichever it was. */
function mostPerPeriod(found: readonly NodePatch[]): number {
  const times = found.map(relapsedMs);
  return Math.max(0, ...times.map((end) => times.filter((ms) => ms <= end && end - ms <= STORM_MS).length));
}

async function untilRelapses(count: number): Promise<readonly NodePatch[]> {
  return waitUntil(
    async () => {
      const found = await relapses();
      return found.length >= count ? found : null;
    },
    // Each look parses the whole audit log.
    { what: `${count} relapses`, ...UNTIL, pollMs: 1_000 },
  );
}

test('E22, E23, E24, E25: relapsed nodes are healed again, silent ones keep their marks, and a storm takes few marks back at a time', async () => {
  const { sandbox, worker } = world;
  await Promise.all(NODES.map((node) => sandbox.addNode(node, { behaviour: 'proving' })));
  await untilAllMarked(world, NODES);
  for (const node of NODES) await world.untilState(node, 'watching');

  // Three of twenty relapse, two are silent.
  await behave(RELAPSED, 'lying');
  for (const [node, behaviour] of Object.entries(SILENT)) await setBehaviour(sandbox, node, behaviour);
  const first = await untilRelapses(RELAPSED.length);
  expect(first.map(({ node }) => node).toSorted()).toEqual(RELAPSED);
  for (const patch of first) {
    const { node, user, uid, atMs } = patch;
    expect([user, uid]).toEqual([WORKER, (await sandbox.getNode(node))?.uid]);
    expect(Math.abs(relapsedMs(patch) - atMs)).toBeLessThan(STORM_MS);
    const before = (await podsOf(world, node)).filter(({ deletedMs }) => deletedMs <= atMs);
    expect(before.slice(-REFUTED_IN_A_ROW - 1).map(({ seen }) => seen)).toEqual(['own', 'node', 'node']);
    await untilReason(world, node, 'HealingRelapsed');
    expect((await world.nodeEvents(node)).find(({ reason }) => reason === 'HealingRelapsed')?.type).toBe('Warning');
    expect(await conditionOf(world, node)).toMatchObject({ status: 'False', reason: 'Relapsed' });
    expect(await world.status(node)).toMatchObject({ state: 'healing', relapses: 1 });
  }

  // Their pods have their own address again.
  await behave(RELAPSED, 'proving');
  await untilAllMarked(world, RELAPSED);
  for (const node of RELAPSED) {
    expect(await expectProvenMarks(world, node)).toHaveLength(2);
    expect(await world.runs(node)).toHaveLength(1);
    await world.untilState(node, 'watching');
    expect(conditionsIn(await sandbox.auditEvents(), node).slice(-2)).toEqual(['False/Relapsed', 'True/Healed']);
  }

  // By now the silent ones have been silent for longer than a relapse takes.
  for (const node of Object.keys(SILENT)) {
    const isSilent = async () => (await podsOf(world, node)).filter(({ seen }) => seen === 'nothing').length >= 4;
    await waitUntil(isSilent, { what: `silent pods on ${node}`, ...UNTIL });
    expect(await world.status(node)).toMatchObject({ state: 'watching', relapses: 0, watch: { refutedInARow: 0 } });
    expect(await conditionOf(world, node)).toMatchObject({ status: 'True', reason: 'Healed' });
  }
  expect(await relapses()).toHaveLength(RELAPSED.length);
  expect(await metric(worker, 'vigilante_relapses_braked_total')).toBe(0);

  // All of them at once.
  await behave(NODES, 'lying');
  const stormy = await untilRelapses(RELAPSED.length + 2 * STORM.relapsesMin);
  expect(mostPerPeriod(stormy)).toBe(STORM.relapsesMin);
  expect(await metric(worker, 'vigilante_relapses_braked_total')).toBeGreaterThan(0);
  const unmarked = new Set(stormy.slice(RELAPSED.length).map(({ node }) => node));
  const kept = NODES.filter((node) => !unmarked.has(node));
  const told = await Promise.all(kept.map(async (node) => (await reasonsOf(world, node)).includes('RelapseBraked')));
  expect(told).toContain(true);

  // The storm is over: what was unmarked is marked again, what was braked kept its mark, and nobody had to do anything.
  await behave(NODES, 'proving');
  for (const node of NODES) {
    const isCalm = async () => {
      const status = await world.status(node);
      return status?.state === 'watching' && status.watch?.isBraked === false && status.watch.refutedInARow === 0;
    };
    const explain = async () => JSON.stringify(await world.status(node));
    await waitUntil(isCalm, { what: `${node} to be watched without a brake`, explain, ...UNTIL });
    expect((await sandbox.getNode(node))?.annotations[DEFAULT_HEALED_ANNOTATION]).toBe('true');
    const braked = (await reasonsOf(world, node)).filter((reason) => reason === 'RelapseBraked');
    expect(braked.length).toBeLessThanOrEqual(1);
  }
  const all = await relapses();
  expect(mostPerPeriod(all)).toBe(STORM.relapsesMin);
  expect(await metric(worker, 'vigilante_relapses_total')).toBe(all.length);
  const events = await sandbox.auditEvents();
  for (const node of NODES) {
    const marks = await expectProvenMarks(world, node, events);
    expect(marks).toHaveLength(1 + all.filter((patch) => patch.node === node).length);
  }
});
