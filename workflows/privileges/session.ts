/** What one run of `watchPrivileges` keeps in memory, parsed from its input. */

import { maintenanceTaskQueue } from '../../contracts/names.ts';
import type { PrivilegesEvaluation } from '../../contracts/privileges/activities.ts';
import { parseWatchPrivilegesInput } from '../../contracts/privileges/parser.ts';
import {
  type PrivilegesReport,
  type WatchPrivilegesInput,
  watchPrivilegesWorkflowId,
} from '../../contracts/privileges/watch-privileges.ts';
import { acceptedInput } from '../accepted-input.ts';
import type { StateAttribute } from '../state-attribute.ts';
import { nowOf, type WorkflowTime } from '../workflow-time.ts';

/** Carried through continue-as-new: plain data only. */
export interface PrivilegesResume {
  readonly report: PrivilegesReport | null;
  readonly unavailable: string | null;
  readonly writeProblem: string | null;
  readonly lastEvaluationMs: number | null;
  readonly dueMs: number;
  readonly evaluations: number;
  /** Drifts that an Event was written of, while they last. */
  readonly told: readonly string[];
  readonly reachedMs: number;
  readonly writtenState: string | null;
}

export interface PrivilegesSession extends WorkflowTime {
  readonly input: WatchPrivilegesInput;
  /** The newest that there was. */
  report: PrivilegesReport | null;
  /** Why the last evaluation gave none. */
  unavailable: string | null;
  writeProblem: string | null;
  lastEvaluationMs: number | null;
  /** When the next evaluation is due; a past time means now. */
  dueMs: number;
  evaluations: number;
  told: readonly string[];
  /** The one evaluation that is under way: whoever wants another one shares it. */
  underWay: Promise<PrivilegesEvaluation> | null;
  /** Null until the state is first written. */
  stateAttribute: StateAttribute | null;
  readonly resumedState: string | null;
}

const FRESH: PrivilegesResume = {
  report: null,
  unavailable: null,
  writeProblem: null,
  lastEvaluationMs: null,
  dueMs: 0,
  evaluations: 0,
  told: [],
  reachedMs: 0,
  writtenState: null,
};

export function sessionFor(rawInput: unknown, resume: PrivilegesResume = FRESH): PrivilegesSession {
  const input = acceptedInput(rawInput, {
    parse: parseWatchPrivilegesInput,
    parseEarlier: parseWatchPrivilegesInput,
    workflowId: ({ cluster }) => watchPrivilegesWorkflowId(cluster),
    taskQueue: maintenanceTaskQueue,
  });
  const { writtenState, ...carried } = resume;
  return { input, ...carried, underWay: null, stateAttribute: null, resumedState: writtenState };
}

export function resumeOf(session: PrivilegesSession): PrivilegesResume {
  const { report, unavailable, writeProblem, lastEvaluationMs, dueMs, evaluations, told } = session;
  return {
    report,
    unavailable,
    writeProblem,
    lastEvaluationMs,
    dueMs,
    evaluations,
    told,
    reachedMs: nowOf(session),
    writtenState: session.stateAttribute?.written ?? session.resumedState,
  };
}
