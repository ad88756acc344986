/** What one run of `watchReboots` keeps in memory, parsed from its input. */

import { parseWatchRebootsInput } from '../../contracts/maintenance/reboots-parser.ts';
import {
  type RebootStatus,
  type WatchRebootsInput,
  watchRebootsWorkflowId,
} from '../../contracts/maintenance/watch-reboots.ts';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import { NEW_LEDGER, type RebootLedger } from '../../domain/maintenance/reboot-round.ts';
import type { Pause } from '../../domain/maintenance/slots.ts';
import { acceptedInput } from '../accepted-input.ts';
import { nowOf, type WorkflowTime } from '../workflow-time.ts';

/** What the last look showed. */
type Shown = Pick<RebootStatus, 'requiredCount' | 'unknownCount' | 'ineffectiveCount' | 'rows'>;

/** Carried through continue-as-new: plain data only. */
export interface RebootsResume {
  readonly ledger: RebootLedger;
  readonly pause: Pause | null;
  readonly lookedMs: number | null;
  readonly dueMs: number;
  readonly problem: string | null;
  readonly shown: Shown;
  readonly reachedMs: number;
}

export interface RebootsSession extends WorkflowTime {
  readonly input: WatchRebootsInput;
  ledger: RebootLedger;
  /** Signals replace it while an activity is under way: read it again after each await. */
  pause: Pause | null;
  lookedMs: number | null;
  /** When the next look is due; a past time means now. */
  dueMs: number;
  /** Why the last look failed, or what could not be done after it. */
  problem: string | null;
  shown: Shown;
  /** The one look that is under way: whoever wants another one shares it. Whether it succeeded. */
  underWay: Promise<boolean> | null;
}

const FRESH: RebootsResume = {
  ledger: NEW_LEDGER,
  pause: null,
  lookedMs: null,
  dueMs: 0,
  problem: null,
  shown: { requiredCount: 0, unknownCount: 0, ineffectiveCount: 0, rows: [] },
  reachedMs: 0,
};

export function sessionFor(rawInput: unknown, resume: RebootsResume = FRESH): RebootsSession {
  const input = acceptedInput(rawInput, {
    parse: parseWatchRebootsInput,
    parseEarlier: parseWatchRebootsInput,
    workflowId: ({ cluster }) => watchRebootsWorkflowId(cluster),
    taskQueue: maintenanceTaskQueue,
  });
  return { input, ...resume, underWay: null };
}

export function resumeOf(session: RebootsSession): RebootsResume {
  const { ledger, pause, lookedMs, dueMs, problem, shown } = session;
  return { ledger, pause, lookedMs, dueMs, problem, shown, reachedMs: nowOf(session) };
}

/** Null once its time is over. */
export function pauseOf(session: RebootsSession): Pause | null {
  return session.pause !== null && session.pause.untilMs > nowOf(session) ? session.pause : null;
}

export function statusOf(session: RebootsSession): RebootStatus {
  const { input, ledger, lookedMs, dueMs, problem, shown } = session;
  return {
    cluster: input.cluster,
    pause: pauseOf(session),
    lookedMs,
    nextLookMs: dueMs,
    problem,
    inWork: ledger.asked.map(({ node }) => node.name),
    ...shown,
  };
}
