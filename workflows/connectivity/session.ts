/** What one run of `watchConnectivity` keeps in memory, parsed from its input. */

import { parseEarlierWatchInput, parseWatchConnectivityInput } from '../../contracts/connectivity/parser.ts';
import {
  type ConnectivityPolicy,
  type ConnectivityVerdict,
  type Evaluation,
  type WatchConnectivityInput,
  watchConnectivityWorkflowId,
} from '../../contracts/connectivity/watch-connectivity.ts';
import { newWatch, type WatchState } from '../../domain/connectivity/watch.ts';
import { acceptedInput } from '../accepted-input.ts';
import type { StateAttribute } from '../state-attribute.ts';
import { nowOf, type WorkflowTime } from '../workflow-time.ts';

/** Carried through continue-as-new: plain data only. */
export interface WatchResume {
  readonly state: WatchState;
  readonly verdict: ConnectivityVerdict | null;
  readonly unavailable: string | null;
  readonly lastEvaluationMs: number | null;
  readonly dueMs: number;
  readonly adopted: boolean;
  /** Missing in what older versions handed over. */
  readonly reachedMs?: number;
  /** `VigilanteState` as it was written last; missing in runs that version 0.1 continued. */
  readonly writtenState?: string | null;
}

export interface WatchSession extends WorkflowTime {
  readonly cluster: string;
  /** Replaced by the signal `changePolicy`; goes into the input of the next run. */
  policy: ConnectivityPolicy;
  /** Signals replace it while an activity is under way: read it again after each await. */
  state: WatchState;
  /** The newest verdict that there was, asked for by hand or due. */
  verdict: ConnectivityVerdict | null;
  /** Why the last evaluation gave none. */
  unavailable: string | null;
  lastEvaluationMs: number | null;
  /** When the next evaluation is due; a past time means now. */
  dueMs: number;
  /** Whether the nodes that an earlier watch left as alarmed are known. */
  adopted: boolean;
  /** The one evaluation that is under way: whoever wants another one shares it. */
  underWay: Promise<Evaluation> | null;
  /** What could not be written to nodes, or asked of them, after the last evaluation; null where all was done. */
  writeProblem: string | null;
  /** Null until the state is first written: the signal `changePolicy` may switch the search attributes on. */
  stateAttribute: StateAttribute | null;
  /** As the run before wrote it last. */
  readonly resumedState: string | null | undefined;
}

export function sessionFor(rawInput: unknown, resume: WatchResume | undefined): WatchSession {
  const { cluster, policy } = acceptedInput(rawInput, {
    parse: parseWatchConnectivityInput,
    parseEarlier: parseEarlierWatchInput,
    workflowId: (input) => watchConnectivityWorkflowId(input.cluster),
  });
  const fresh: WatchResume = {
    state: newWatch(),
    verdict: null,
    unavailable: null,
    lastEvaluationMs: null,
    dueMs: 0,
    adopted: false,
  };
  const { writtenState, ...carried } = resume ?? fresh;
  return {
    cluster,
    policy,
    ...carried,
    reachedMs: resume?.reachedMs ?? 0,
    underWay: null,
    writeProblem: null,
    stateAttribute: null,
    resumedState: writtenState,
  };
}

export function inputOf({ cluster, policy }: WatchSession): WatchConnectivityInput {
  return { cluster, policy };
}

export function resumeOf(session: WatchSession): WatchResume {
  const { state, verdict, unavailable, lastEvaluationMs, dueMs, adopted } = session;
  const writtenState = session.stateAttribute?.written ?? session.resumedState ?? null;
  return { state, verdict, unavailable, lastEvaluationMs, dueMs, adopted, reachedMs: nowOf(session), writtenState };
}
