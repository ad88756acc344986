/** A sandbox whose nodes are marked as soon as their effect is proven, and what the tests of it ask. */

import { expect } from '@jest/globals';
import { z } from 'zod';
import { scrape, sumOf } from '../../bench/prometheus.ts';
import { DEFAULT_HEALED_ANNOTATION } from '../../contracts/healing/names.ts';
import type { AuditEvent } from '../../sandbox/audit.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type NodePatch, nodePatches, WORKER } from './audit-attempts.ts';
import { type HealingWorld, startHealingWorld } from './healing-world.ts';
import { nodePath } from './node-writes.ts';
import { type AnsweredPod, answeredPods, type MarkRule, markProblems } from './pod-answers.ts';

export const CONDITION = 'SnatHealed';
/** The machine may do other work meanwhile. */
export const UNTIL = { timeoutMs: 180_000, pollMs: 250 };
export const RULE: MarkRule = { proofsInARow: 2, proofsOverMs: 2_000 };

/** Short times, and a window that no test waits for. */
export const HEALING = {
  window: '20m',
  interval: '3s',
  finish: 'proven',
  proofsInARow: RULE.proofsInARow,
  proofsOver: `${RULE.proofsOverMs}ms`,
  intervalFirst: '1s',
  condition: CONDITION,
};

/** With the keys of `healing` that a test is about. */
export function startOnboardingWorld(healing: object = {}): Promise<HealingWorld> {
  return startHealingWorld({
    evidence: 'source-address',
    vigilante: { healing: { ...HEALING, ...healing }, starter: { reconcileInterval: '2s' } },
  });
}

export async function podsOf({ sandbox }: HealingWorld, node: string): Promise<readonly AnsweredPod[]> {
  return answeredPods(await sandbox.auditEvents(), node, sandbox.env.ECHO_PUBLIC_KEY);
}

/** Writes of the mark by the worker, the oldest first. */
export function marksIn(events: readonly AuditEvent[], node: string, value = 'true'): readonly NodePatch[] {
  return nodePatches(events, node).filter(({ annotations }) => annotations[DEFAULT_HEALED_ANNOTATION] === value);
}

/** Every mark of the node came from its pods; resolves with the marks. `given`: for many nodes, read once. */
export async function expectProvenMarks(
  { sandbox }: HealingWorld,
  node: string,
  given?: readonly AuditEvent[],
): Promise<readonly NodePatch[]> {
  const events = given ?? (await sandbox.auditEvents());
  const pods = answeredPods(events, node, sandbox.env.ECHO_PUBLIC_KEY);
  const marks = marksIn(events, node);
  const problems = marks.flatMap(({ user, atMs }) => [
    ...(user === WORKER ? [] : [`${user} marked it`]),
    ...markProblems(pods, atMs, RULE),
  ]);
  expect({ node, problems }).toEqual({ node, problems: [] });
  return marks;
}

export async function untilAllMarked(world: HealingWorld, nodes: readonly string[]): Promise<void> {
  for (const node of nodes) await world.untilAnnotated(node);
}

export interface ShownCondition {
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

const ConditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});
const ConditionsSchema = z.object({ status: z.object({ conditions: z.array(ConditionSchema) }) });

export async function conditionOf({ sandbox }: HealingWorld, node: string): Promise<ShownCondition | undefined> {
  const { status } = ConditionsSchema.parse((await sandbox.api.demand('GET', nodePath(node))).body);
  return status.conditions.find(({ type }) => type === CONDITION);
}

/** The conditions that the worker wrote, as `Status/Reason`, in the order of their writing. */
export function conditionsIn(events: readonly AuditEvent[], node: string): readonly string[] {
  return events.flatMap(({ user, name, subresource, code, requestObject }) => {
    if (user !== WORKER || name !== node || subresource !== 'status' || code !== 200) return [];
    const sent = ConditionsSchema.safeParse(requestObject);
    const written = sent.success ? sent.data.status.conditions : [];
    return written.filter(({ type }) => type === CONDITION).map(({ status, reason }) => `${status}/${reason ?? ''}`);
  });
}

export async function reasonsOf(world: HealingWorld, node: string): Promise<readonly string[]> {
  return (await world.nodeEvents(node)).map(({ reason }) => reason);
}

export async function untilReason(world: HealingWorld, node: string, reason: string): Promise<void> {
  await waitUntil(async () => (await reasonsOf(world, node)).includes(reason), {
    what: `the Event ${reason} of ${node}`,
    ...UNTIL,
  });
}

/** The sum over all labels; 0 where there is no such metric. */
export async function metric({ httpUrl }: VigilanteProcess, name: string): Promise<number> {
  return sumOf(await scrape(`${httpUrl}/metrics`), name);
}
