/** What one run of `healNode` keeps in memory, parsed from its input. */

import { ApplicationFailure, log, workflowInfo } from '@temporalio/workflow';
import type { HealingPolicy, HealNodeInput, HealNodeResult, StepRefusal } from '../contracts/heal-node.ts';
import { parseHealNodeInput, parseNodeObservation } from '../contracts/heal-node-parser.ts';
import type { NodeRef } from '../contracts/healing-activities.ts';
import type { HealingState } from '../domain/healing-state.ts';
import type { NodeObservation } from '../domain/node-facts.ts';
import { parseNodeUid } from '../domain/node-identity.ts';
import type { WorkflowTime } from './workflow-time.ts';

/** What a step returns: null means that the heal goes on. */
export type StepResult = Promise<HealNodeResult | null>;

export interface RestartRequest {
  readonly reason: string | null;
}

/** Carried through continue-as-new: plain data only. */
export interface HealNodeResume {
  readonly state: HealingState | null;
  readonly nodeUid: string;
  readonly restart: RestartRequest | null;
  /** Missing in what older versions handed over. */
  readonly reachedMs?: number;
}

export interface HealSession extends WorkflowTime {
  readonly input: HealNodeInput;
  readonly policy: HealingPolicy;
  /** Null until the heal has begun. Signals replace it while an activity is under way: read it again after each await. */
  state: HealingState | null;
  /** Uid of the node that this heal is for; empty until the heal has begun. */
  nodeUid: string;
  /** Asked for by signal and not yet begun. */
  restart: RestartRequest | null;
  /** The step under way, where the API server refuses it. */
  refusal: StepRefusal | null;
  /** Why the newest Event was left out; null where it was written. */
  eventProblem: string | null;
  /** Tries in a row to mark the node that met another writer. */
  markConflicts: number;
}

export function sessionFor(rawInput: unknown, resume: HealNodeResume | undefined): HealSession {
  const parsed = parseHealNodeInput(rawInput);
  if (!parsed.ok) {
    const message = `input of ${workflowInfo().workflowType} is wrong: ${parsed.problems.join('; ')}`;
    throw ApplicationFailure.nonRetryable(message, 'InvalidInput');
  }
  return {
    input: parsed.value,
    policy: parsed.value.policy,
    state: resume?.state ?? null,
    nodeUid: resume?.nodeUid ?? '',
    restart: resume?.restart ?? null,
    reachedMs: resume?.reachedMs ?? 0,
    refusal: null,
    eventProblem: null,
    markConflicts: 0,
  };
}

export function begunState(session: HealSession): HealingState {
  if (session.state === null) throw new Error('the heal has no state before it has begun');
  return session.state;
}

export function nodeRef(session: HealSession): NodeRef {
  const uid = parseNodeUid(session.nodeUid);
  if (uid === null) throw new Error(`the heal of ${session.input.node} does not know its node's uid yet`);
  return { name: session.input.node, uid };
}

/** Null, with a line in the log, for a payload that is not an observation: a signal never fails the heal. */
export function parseNodeChange(payload: unknown): NodeObservation | null {
  const parsed = parseNodeObservation(payload);
  if (parsed.ok) return parsed.value;
  log.warn('signal nodeChanged ignored: its payload is no node observation', {
    problem: parsed.problems.join('; '),
  });
  return null;
}
