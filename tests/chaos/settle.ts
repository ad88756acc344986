/** The quiet end of a run: all faults are over, everything runs, and the world gets a bounded time to come to rest. */

import { setTimeout as sleep } from 'node:timers/promises';
import { BEHAVIOUR_LABEL } from '../../sandbox/behaviour.ts';
import type { SandboxNode } from '../../sandbox/nodes.ts';
import { partsHurt } from './fault.ts';
import { isSwitchedOff, makeAllReady, setFinalizers, windowsNodes } from './node-faults.ts';
import { isMarkValid, listNodeStates } from './node-versions.ts';
import { removeWebhook, stepClock } from './outage-faults.ts';
import { persist } from './persist.ts';
import { type ChaosPolicy, evidenceOf, NEVER_PROVING, type ProofPolicy, settleMsMax } from './policy.ts';
import { fallSilent, rebootMarkedNode, relapse } from './proof-faults.ts';
import { killReplica } from './system-faults.ts';
import type { ChaosWorld } from './world.ts';

/** Their pods never prove anything: their heals go on without end. */
const NEVER_HEALED: ReadonlySet<string> = new Set(['no-sandbox', 'failing', 'pending', ...NEVER_PROVING]);
const POLL_MS = 500;
const COLLECTOR_AWAY_MS = 500;
const CLOCK_STEP_MS = 3_600_000;

/** Names of the nodes that are not as their pods show them by now. */
export async function settle(
  world: ChaosWorld,
  policy: ChaosPolicy,
  timeoutMs = settleMsMax(policy),
): Promise<readonly string[]> {
  const { sandbox, timeline, replicas } = world;
  timeline.note('all faults are over');
  for (const part of partsHurt(evidenceOf(policy))) await sandbox.startPart(part);
  for (const webhook of world.webhooks) await removeWebhook(world, webhook);
  await persist(() => setFinalizers(world, { node: null, finalizers: [] }));
  await Promise.all(
    replicas.all.map(async (replica) => {
      await replica.start();
      await replica.untilReady();
    }),
  );
  await makeAllReady(world);
  await killReplica(world, 'collector-0', COLLECTOR_AWAY_MS);
  for (const stepMs of [CLOCK_STEP_MS, -CLOCK_STEP_MS]) {
    await stepClock(world, {
      kind: 'clock-step',
      target: 'collector-0',
      stepMs,
      forMs: COLLECTOR_AWAY_MS,
    });
  }
  const open = await untilHealed(world, timeoutMs);
  return open.length > 0 || policy.proof === null ? open : lastChanges(world, policy.proof, timeoutMs);
}

/** In every run a mark is taken back: whatever the faults met, one marked node reboots, falls silent, and then relapses. */
async function lastChanges(world: ChaosWorld, proof: ProofPolicy, timeoutMs: number): Promise<readonly string[]> {
  const node = await rebootMarkedNode(world);
  if (node === null) return [];
  const open = await untilHealed(world, timeoutMs);
  if (open.length > 0) return open;
  // A watch that has an end may have ended before.
  if (proof.watch === 'always') await fallSilent(world, node, { proof, timeoutMs });
  const wasNoticed = await relapse(world, node, { timeoutMs });
  if (!wasNoticed && proof.watch === 'always') return [node];
  return untilHealed(world, timeoutMs);
}

async function untilHealed(world: ChaosWorld, timeoutMs: number): Promise<readonly string[]> {
  const deadlineMs = Date.now() + timeoutMs;
  let open = await unhealed(world);
  while (open.length > 0 && Date.now() < deadlineMs) {
    await sleep(POLL_MS);
    open = await unhealed(world);
  }
  world.timeline.note(open.length === 0 ? 'settled' : `not settled in ${timeoutMs / 1_000} s: ${open.join(', ')}`);
  return open;
}

async function unhealed(world: ChaosWorld): Promise<readonly string[]> {
  const nodes = await windowsNodes(world);
  const states = await listNodeStates(world.sandbox.api);
  const marked = new Set(states.filter(isMarkValid).map(({ node }) => node));
  return nodes
    .filter((node) => canBeHealed(node) && !marked.has(node.name) && !isSwitchedOff(node))
    .map(({ name }) => name);
}

function canBeHealed({ labels }: SandboxNode): boolean {
  return !NEVER_HEALED.has(labels[BEHAVIOUR_LABEL] ?? '');
}
