/** What one run of `guardMaintenance` keeps in memory. */

import type { Ledger } from '../../domain/maintenance/slots.ts';
import { newLedger } from '../../domain/maintenance/slots.ts';
import type { Survey } from '../../domain/maintenance/survey.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { nowOf, type WorkflowTime } from '../workflow-time.ts';

/** Carried through continue-as-new: plain data only. */
export interface GuardResume {
  readonly ledger: Ledger;
  readonly reachedMs: number;
}

export interface GuardSession extends WorkflowTime {
  readonly cluster: string;
  /** Signals and updates replace it while an activity is under way: read it again after each await. */
  ledger: Ledger;
  /** Null before the first look of this run. */
  survey: Survey | null;
  lookedMs: number | null;
  /** Why the last look failed. */
  problem: string | null;
  /** Something happened that the next look may answer. */
  isNews: boolean;
  /** A guard without a past tells whoever waits to ask again. */
  isKnown: boolean;
  /** End of the pause that people were warned about. */
  warnedPauseMs: number | null;
  /** Ends when all answers that are on their way have arrived, or could not. */
  telling: Promise<unknown>;
  /** Nodes whose slot came back while a look is under way. */
  returned: Set<NodeName>;
}

/**
 * So long after its start a guard without a past gives nothing. What another guard gave may not have become a mark yet:
 * the maintainer asks whether the slot is known, and writes the mark within less.
 */
const SETTLING_MS = 20_000;

export function sessionFor(cluster: string, resume: GuardResume | undefined): GuardSession {
  const time = { reachedMs: resume?.reachedMs ?? 0 };
  return {
    ...time,
    cluster,
    ledger: resume?.ledger ?? newLedger(nowOf(time) + SETTLING_MS),
    survey: null,
    lookedMs: null,
    problem: null,
    isNews: true,
    isKnown: resume !== undefined,
    warnedPauseMs: null,
    telling: Promise.resolve(),
    returned: new Set(),
  };
}

export function resumeOf(session: GuardSession): GuardResume {
  return { ledger: session.ledger, reachedMs: nowOf(session) };
}
