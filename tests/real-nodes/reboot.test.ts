/** A marked node that crashes comes back as another boot, and is healed again by pods of that boot (E26). */

import { afterAll, beforeAll, expect } from '@jest/globals';
import { z } from 'zod';
import { proofAnnotation } from '../../contracts/healing/names.ts';
import { REAL_NODES_PROFILE } from '../../sandbox/probing-pods/evidence-config.ts';
import { realNode } from '../../sandbox/real-nodes/addresses.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodePatches } from '../e2e/audit-attempts.ts';
import { healViolations } from '../hundred-heals/judge-heal.ts';
import { recordOf } from './heal-facts.ts';
import { type HealWorld, MARK, startHealWorld } from './heal-world.ts';
import { HEALS_TIMEOUT_MS, hasRealNodes, testOnRealNodes } from './on-real-nodes.ts';

const PROOF = proofAnnotation(REAL_NODES_PROFILE);
const PROOFS = 2;
const HEALING = {
  window: '90s',
  interval: '5s',
  intervalFirst: '2s',
  patience: '20s',
  finish: 'proven',
  proofsInARow: PROOFS,
  proofsOver: '3s',
  reheal: { on: ['boot'] },
  // Another boot is waited out for so long after a mark.
  relapse: { interval: '10s' },
};
const WAIT_MS = 180_000;
const node = realNode(1);

const NodeSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
  status: z.object({ nodeInfo: z.object({ bootID: z.string() }) }),
});
const ProofSchema = z.object({ boot: z.string() });

let world: HealWorld;

beforeAll(async () => {
  if (hasRealNodes) world = await startHealWorld({ realNodes: { count: 1 }, healing: HEALING });
}, HEALS_TIMEOUT_MS);

afterAll(async () => {
  await world?.stop();
});

/** The boot that the mark is true for, or null without a mark. */
async function markedBoot(): Promise<string | null> {
  const { annotations } = NodeSchema.parse(
    (await world.sandbox.api.demand('GET', `/api/v1/nodes/${node.name}`)).body,
  ).metadata;
  return annotations[MARK] === 'true' ? ProofSchema.parse(JSON.parse(annotations[PROOF] ?? '')).boot : null;
}

testOnRealNodes('E26: a node that crashed and was started again is healed again for its new boot', async () => {
  const curedMs = await world.nodes.cure(node.name);
  await world.begin(node.name);
  await world.untilMarked(node.name, WAIT_MS);
  const before = await markedBoot();
  const crashedMs = Date.now();
  await world.nodes.crash(node.name);
  await world.nodes.start(node.name);
  const after = await waitUntil(
    async () => {
      const boot = await markedBoot();
      return boot === before ? null : boot;
    },
    {
      what: 'a mark for another boot',
      timeoutMs: WAIT_MS,
      pollMs: 500,
      explain: async () => JSON.stringify(await world.status(node.name)),
    },
  );
  expect(after).not.toBe(before);
  const marks = nodePatches(await world.audit(), node.name).filter(({ atMs }) => atMs >= crashedMs);
  expect(marks.map(({ annotations }) => annotations[MARK])).toEqual(['false', 'true']);
  const { facts } = await recordOf(world, node, { beganMs: marks[0]?.atMs ?? 0, curedMs });
  expect(healViolations(facts, { proofsMin: PROOFS })).toEqual([]);
});
