/** What one run of a heal keeps in memory, parsed from its input. */

import { log } from '@temporalio/workflow';
import type { HealNodeInput, HealNodeResult, StepRefusal } from '../../contracts/healing/heal-node.ts';
import type { OnboardNodeInput } from '../../contracts/healing/onboard-node.ts';
import { parseLaterNodeObservation, parseNodeObservation } from '../../contracts/healing/parser.ts';
import type { CapOutcome, TaintCap } from '../../domain/healing/startup-taint.ts';
import type { HealingState } from '../../domain/healing/state.ts';
import type { HealingRules } from '../../domain/healing/window.ts';
import type { NodeObservation } from '../../domain/node/facts.ts';
import { type NodeRef, type NodeUid, parseNodeUid } from '../../domain/node/identity.ts';
import { type StateAttribute, stateAttribute } from '../state-attribute.ts';
import { nowOf, type WorkflowTime } from '../workflow-time.ts';

/** What a step returns: null means that the heal goes on. */
export type StepResult = Promise<HealNodeResult | null>;

export interface RestartRequest {
  readonly reason: string | null;
  /** Decided by the heal itself, not sent as a signal. */
  readonly isOwn?: boolean;
}

/** Carried through continue-as-new: plain data only. */
export interface HealNodeResume {
  readonly state: HealingState | null;
  /** Empty where the run before had not seen the node. */
  readonly nodeUid: string;
  readonly restart: RestartRequest | null;
  /** Missing in what older versions handed over. */
  readonly reachedMs?: number;
  /** `VigilanteState` as it was written last; missing in runs that version 0.1 continued. */
  readonly writtenState?: string | null;
  /** What became of the startup taint at its cap; missing before. */
  readonly capped?: CapOutcome;
}

export interface HealSession extends WorkflowTime {
  readonly input: HealNodeInput | OnboardNodeInput;
  /** Null where `healNode` runs the heal: its activities know none. */
  readonly profile: string | null;
  readonly policy: HealingRules & { readonly searchAttributes: boolean };
  /** Null until the heal has begun. Signals replace it while an activity is under way: read it again after each await. */
  state: HealingState | null;
  /** Uid of the node that this heal is for; null until the node was seen. */
  nodeUid: NodeUid | null;
  /** Asked for by signal and not yet begun. */
  restart: RestartRequest | null;
  /** The step under way, where the API server refuses it. */
  refusal: StepRefusal | null;
  /** Why the newest Event was left out; null where it was written. */
  eventProblem: string | null;
  /** Consecutive tries to mark the node that another writer was ahead of. */
  markConflicts: number;
  /** Null where the node has no startup taint. */
  readonly cap: TaintCap | null;
  /** What became of the startup taint when its time was over; null before. */
  capped: CapOutcome | null;
  /** Null where the policy has no search attributes. */
  readonly stateAttribute: StateAttribute | null;
}

/** A heal that made its first attempt. */
export interface BegunSession extends HealSession {
  state: HealingState;
}

export function sessionFor(
  { input, profile }: Pick<HealSession, 'input' | 'profile'>,
  resume: HealNodeResume | undefined,
): HealSession {
  return {
    input,
    profile,
    policy: input.policy,
    state: resume?.state ?? null,
    nodeUid: resume === undefined ? null : parseNodeUid(resume.nodeUid),
    restart: resume?.restart ?? null,
    reachedMs: resume?.reachedMs ?? 0,
    refusal: null,
    eventProblem: null,
    markConflicts: 0,
    cap: ('taint' in input.policy ? input.policy.taint : undefined) ?? null,
    capped: resume?.capped ?? null,
    stateAttribute: input.policy.searchAttributes ? stateAttribute(resume?.writtenState) : null,
  };
}

export function resumeOf(session: HealSession): HealNodeResume {
  const { state, nodeUid, restart, capped, stateAttribute: attribute } = session;
  return {
    state,
    nodeUid: nodeUid ?? '',
    restart,
    reachedMs: nowOf(session),
    writtenState: attribute?.written ?? null,
    ...(capped === null ? {} : { capped }),
  };
}

export function isBegun(session: HealSession): session is BegunSession {
  return session.state !== null;
}

/** Throws where no node of that name was there when the heal began: such a heal does nothing but end. */
export function nodeRef({ input, nodeUid }: HealSession): NodeRef {
  if (nodeUid === null) throw new Error(`the heal of ${input.node} has not seen its node yet`);
  return { name: input.node, uid: nodeUid };
}

/** Null, with a line in the log, for a payload that is not an observation: a signal never fails the heal. */
export function parseNodeChange({ profile, policy }: HealSession, payload: unknown): NodeObservation | null {
  const takesHints = policy.early !== undefined;
  const parsed = profile === null ? parseNodeObservation(payload) : parseLaterNodeObservation(payload, takesHints);
  if (parsed.ok) return parsed.value;
  log.warn('signal nodeChanged ignored: its payload is no node observation', {
    problem: parsed.problems.join('; '),
  });
  return null;
}
