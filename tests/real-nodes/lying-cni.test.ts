/** A CNI that reports success, gives an address and translates all the same. */

import { afterAll, beforeAll, expect } from '@jest/globals';
import { proves } from '../../domain/healing/pod-evidence.ts';
import { realNode } from '../../sandbox/real-nodes/addresses.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { healViolations } from '../hundred-heals/judge-heal.ts';
import { recordOf } from './heal-facts.ts';
import { type HealWorld, startHealWorld } from './heal-world.ts';
import { HEALS_TIMEOUT_MS, hasRealNodes, testOnRealNodes } from './on-real-nodes.ts';

const PROOFS_MIN = 2;
const HEALING = { window: '20s', interval: '2s', patience: '10s', provenPodsMin: PROOFS_MIN };
/** The window, its extension, and what a loaded machine takes. */
const UNPROVEN_TIMEOUT_MS = 120_000;
const node = realNode(1);

let world: HealWorld;

beforeAll(async () => {
  if (hasRealNodes) world = await startHealWorld({ realNodes: { count: 1, cni: 'lying' }, healing: HEALING });
}, HEALS_TIMEOUT_MS);

afterAll(async () => {
  await world?.stop();
});

testOnRealNodes(
  'E58: with a lying CNI each pod gets its network, which is all that the evidence sandbox asks, and source-address never marks',
  async () => {
    const curedMs = await world.nodes.cure(node.name);
    const beganMs = await world.begin(node.name);
    await waitUntil(async () => (await world.status(node.name))?.state === 'unproven', {
      what: 'the heal to be unproven',
      timeoutMs: UNPROVEN_TIMEOUT_MS,
      pollMs: 500,
      explain: async () => JSON.stringify(await world.status(node.name)),
    });
    const { facts, judgements } = await recordOf(world, node, { beganMs, curedMs });
    const judged = [...judgements.values()];
    expect(judged.filter(({ level }) => proves(level, 'sandbox')).length).toBeGreaterThanOrEqual(PROOFS_MIN);
    expect(judged.filter(({ verdict }) => verdict === 'proven')).toEqual([]);
    expect(judged.filter(({ verdict }) => verdict === 'refuted').length).toBeGreaterThanOrEqual(PROOFS_MIN);
    expect(new Set(facts.arrivals.map(({ source }) => source))).toEqual(new Set([node.address]));
    expect(healViolations(facts, { proofsMin: PROOFS_MIN })).toEqual(['the node was not marked']);
  },
);
