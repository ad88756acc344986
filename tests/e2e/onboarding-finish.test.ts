/** Nodes are marked seconds after their cure, and only on what their pods showed (E16 to E20). */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { percentile } from '../../bench/result.ts';
import { BEHAVIOUR_LABEL, type Behaviour, SNAT_PREFIX } from '../../sandbox/behaviour.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import type { HealingWorld } from './healing-world.ts';
import {
  conditionOf,
  expectProvenMarks,
  marksIn,
  podsOf,
  reasonsOf,
  startOnboardingWorld,
  UNTIL,
  untilAllMarked,
} from './onboarding-world.ts';

const CURED = Array.from({ length: 5 }, (_, index) => `cured-${index + 1}`);
/** What a pod of such a node shows, and why it proves nothing. */
const NEVER = [
  ['lying', 'node', 'node'],
  ['mute', 'nothing', 'silent'],
  ['forged', 'nothing', 'invalid'],
] as const satisfies readonly (readonly [Behaviour, string, string])[];
/** More than a mark needs. */
const PODS_MIN = 6;

let world: HealingWorld;

beforeAll(async () => {
  world = await startOnboardingWorld();
});

afterAll(async () => {
  await world?.stop();
});

test('E16, E17, E19: a node is marked when two pods in a row, seconds apart, showed their own address, and never before its cure', async () => {
  const { sandbox } = world;
  const added = await Promise.all(CURED.map((node) => sandbox.addNode(node, { behaviour: 'snat:20s' })));
  await untilAllMarked(world, CURED);
  const tookMs: number[] = [];
  for (const { name, labels } of added) {
    const curedMs = Number(labels[BEHAVIOUR_LABEL]?.slice(SNAT_PREFIX.length)) * 1_000;
    const marks = await expectProvenMarks(world, name);
    expect(marks).toHaveLength(1);
    const pods = await podsOf(world, name);
    expect(new Set(pods.filter(({ stampMs }) => stampMs < curedMs).map(({ seen }) => seen))).toEqual(new Set(['node']));
    tookMs.push((marks[0]?.atMs ?? 0) - curedMs);
    await waitUntil(async () => (await reasonsOf(world, name)).includes('Healed'), { what: 'the Event', ...UNTIL });
    expect(await conditionOf(world, name)).toMatchObject({ status: 'True', reason: 'Healed' });
  }
  expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(0);
  const [p50, p99] = [percentile(tookMs, 50), percentile(tookMs, 99)];
  process.stderr.write(`cure to mark of ${tookMs.length} nodes: ${p50} / ${p99} ms (p50, p99)\n`);
});

test('E7, E16, E24: nodes whose pods have the address of the node, no connection or a forged answer are never marked', async () => {
  const { sandbox } = world;
  for (const [behaviour] of NEVER) await sandbox.addNode(behaviour, { behaviour });
  for (const [node, seen, reason] of NEVER) {
    const pods = await waitUntil(
      async () => {
        expect(await world.isAnnotated(node)).toBe(false);
        const ended = await podsOf(world, node);
        return ended.length >= PODS_MIN ? ended : null;
      },
      { what: `${PODS_MIN} pods of ${node}`, ...UNTIL },
    );
    expect(new Set(pods.map((pod) => pod.seen))).toEqual(new Set([seen]));
    const status = await world.untilState(node, 'healing');
    expect(status).toMatchObject({ streak: { proofs: 0, needed: 2 } });
    expect(status.notProven?.[reason]).toBeGreaterThan(2);
  }
  // A node that is cured is marked meanwhile: nothing but what the pods showed keeps the others unmarked.
  await sandbox.addNode('proving-meanwhile', { behaviour: 'proving' });
  await world.untilAnnotated('proving-meanwhile');
  await expectProvenMarks(world, 'proving-meanwhile');
  const events = await sandbox.auditEvents();
  expect(NEVER.flatMap(([node]) => marksIn(events, node))).toEqual([]);
});
