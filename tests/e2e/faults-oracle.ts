/** Whether a heal went as it must, whatever was killed meanwhile: by the audit log and the fetched history. */

import { expect } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { z } from 'zod';
import { auditUser } from '../../sandbox/audit.ts';
import { nodeWrites, overlaps, type PodLife, podLives } from './faults-audit.ts';
import { type FaultWorld, POLICY, podNames } from './faults-world.ts';

const HealResultSchema = z.object({ attempts: z.int() });

export interface HealHistory {
  /** When the heal decided to open its last window: the start of the workflow task that scheduled the activity. */
  readonly begunMs: number;
  /** A window opens once more after each of them. */
  readonly begins: number;
  /** Causes, but for the one of a signal that came while the heal was ending: the server then asks once more. */
  readonly workflowTaskFailures: readonly string[];
  readonly activityTimeouts: number;
  readonly signals: readonly string[];
}

export async function historyOf(handle: WorkflowHandle): Promise<HealHistory> {
  const events = (await handle.fetchHistory()).events ?? [];
  const begins = events.flatMap(({ activityTaskScheduledEventAttributes: attributes }, index) => {
    if (attributes?.activityType?.name !== 'beginHealing') return [];
    const task = events.slice(0, index).findLast((event) => event.workflowTaskStartedEventAttributes);
    return [{ atMs: timeOf(task?.eventTime) }];
  });
  const started = events.flatMap(({ activityTaskStartedEventAttributes: attributes }) => attributes ?? []);
  return {
    begunMs: begins.at(-1)?.atMs ?? 0,
    begins: begins.length,
    workflowTaskFailures: events
      .flatMap(({ workflowTaskFailedEventAttributes: attributes }) => (attributes ? [causeOf(attributes.cause)] : []))
      .filter((cause) => cause !== 'WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND'),
    activityTimeouts: started.filter(({ lastFailure }) => lastFailure?.timeoutFailureInfo).length,
    signals: events.flatMap((event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? []),
  };
}

function causeOf(cause: number | null | undefined): string {
  return proto.temporal.api.enums.v1.WorkflowTaskFailedCause[cause ?? 0] ?? `cause ${cause}`;
}

function timeOf(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1_000_000);
}

export interface SoundnessOptions {
  readonly overlapMsMax?: number;
  /** Pods that came late, beside those of the attempts. */
  readonly strays?: number;
  /** Where it is open whether a stopped worker swallowed an attempt, the most that there may be. */
  readonly straysMax?: number;
  /** Attempts that an API server refused which had just started and did not know its own permissions yet. */
  readonly rejectedMax?: number;
  /** Looks at the pods of this node alone where the name had several. */
  readonly nodeUid?: string;
}

export interface SoundHeal {
  readonly lives: readonly PodLife[];
  readonly history: HealHistory;
  readonly annotatedMs: number;
}

/**
 * Annotated once, after a whole window and enough proofs; each attempt made one pod; no two pods at a time unless said;
 * nothing left over.
 */
export async function expectSoundHeal(
  world: FaultWorld,
  node: string,
  { overlapMsMax = 0, strays = 0, straysMax = strays, rejectedMax = 0, nodeUid }: SoundnessOptions = {},
): Promise<SoundHeal> {
  const events = await world.sandbox.auditEvents();
  const lives = podLives(events, node).filter((life) => nodeUid === undefined || life.nodeUid === nodeUid);
  const history = await historyOf(world.heal(node));
  const annotated = nodeWrites(events, node).filter(({ healed, code }) => healed === 'true' && code === 200);
  expect(annotated).toEqual([expect.objectContaining({ user: auditUser('vigilante-worker') })]);
  const annotatedMs = annotated[0]?.atMs ?? 0;
  expect(annotatedMs - history.begunMs).toBeGreaterThanOrEqual(POLICY.windowMs);
  // The window may open up to an interval before its first pod is there.
  const firstPodMs = lives.find(({ createdMs }) => createdMs >= history.begunMs)?.createdMs ?? annotatedMs;
  expect(annotatedMs - firstPodMs).toBeGreaterThanOrEqual(POLICY.windowMs - POLICY.intervalMs);
  const proofs = lives.filter(({ proven, deletedMs }) => proven && (deletedMs ?? annotatedMs) < annotatedMs);
  expect(proofs.length).toBeGreaterThanOrEqual(POLICY.provenPodsMin);

  expect(history.workflowTaskFailures).toEqual([]);
  const { attempts } = HealResultSchema.parse(await world.heal(node).result());
  const numbers = new Set(lives.map(({ attempt }) => attempt));
  expect(lives.length - numbers.size).toBeGreaterThanOrEqual(strays);
  expect(lives.length - numbers.size).toBeLessThanOrEqual(straysMax);
  const withoutPod = Array.from({ length: attempts }, (_, index) => index + 1).filter((number) => !numbers.has(number));
  expect(withoutPod.slice(rejectedMax)).toEqual([]);
  expect(Math.max(...numbers)).toBe(attempts);
  expect(overlaps(lives).filter(({ ms }) => ms > overlapMsMax)).toEqual([]);
  expect(await podNames(world.sandbox, node)).toEqual([]);
  return { lives, history, annotatedMs };
}
