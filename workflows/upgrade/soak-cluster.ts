/** The workflow `soakCluster`: counts how long a cluster is proven free of alerts, and reports it to the fleet's run. */

import {
  CancellationScope,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import { soakClusterWorkflowId } from '../../contracts/upgrade/names.ts';
import {
  type SoakActivities,
  type SoakClusterInput,
  type SoakClusterResult,
  type SoakReport,
  soakReported,
} from '../../contracts/upgrade/soak-cluster.ts';
import { parseSoakClusterInput, SOAK_RESULTS } from '../../contracts/upgrade/soak-parser.ts';
import { clockTime } from '../../domain/clock-time.ts';
import { afterLook, newSoak, type Soak, soakFailure, soakState } from '../../domain/upgrade/soak.ts';
import { describeSoak } from '../../domain/upgrade/soak-messages.ts';
import { acceptedInput } from '../accepted-input.ts';
import { callerOf } from '../activity-calls.ts';
import { ignoreOtherSignals } from '../interceptors.ts';
import { unlessOvertaken } from '../new-run.ts';
import { waitForNews } from '../watch-run.ts';
import { nowOf, type WorkflowTime } from '../workflow-time.ts';

const call = callerOf<SoakActivities>(SOAK_RESULTS);

/** Before the first answer says how often. */
const FIRST_INTERVAL_MS = 60_000;
/** What a look takes at most beside waiting for its time. */
const LOOK_TAKES_MS = 120_000;

/** Carried through continue-as-new: plain data only. */
export interface SoakResume {
  readonly soak: Soak;
  /** When the last look was, and why it gave no answer. */
  readonly lookedMs: number;
  readonly problem: string | null;
  readonly intervalMs: number | null;
  /** What the fleet was told last. */
  readonly reported: string | null;
  /** Resets that the metrics have. */
  readonly shownResets: number;
  readonly reachedMs: number;
}

type Session = { readonly input: SoakClusterInput } & WorkflowTime & {
    -readonly [Key in keyof SoakResume]: SoakResume[Key];
  };

/**
 * @param input self-contained; wrong input fails the workflow with the key and what is allowed.
 * @param resume handed over by continue-as-new only; ignored when the workflow is started by hand.
 */
export async function soakCluster(input: SoakClusterInput, resume?: SoakResume): Promise<SoakClusterResult> {
  const accepted = acceptedInput(input, {
    parse: parseSoakClusterInput,
    parseEarlier: parseSoakClusterInput,
    workflowId: ({ cluster }) => soakClusterWorkflowId(cluster),
    taskQueue: maintenanceTaskQueue,
  });
  ignoreOtherSignals('a soak');
  const isContinued = workflowInfo().continuedFromExecutionRunId !== undefined;
  const session: Session = { input: accepted, ...((isContinued ? resume : undefined) ?? fresh()) };
  for (;;) {
    const result = await unlessOvertaken(() => soakOn(session), isCancelled);
    if (result !== null) return result;
  }
}

function isCancelled(): boolean {
  return CancellationScope.current().consideredCancelled;
}

async function soakOn(session: Session): Promise<SoakClusterResult> {
  try {
    for (;;) {
      if (workflowInfo().continueAsNewSuggested && !isCancelled()) {
        const { input, ...state } = session;
        return await continueAsNew<typeof soakCluster>(input, { ...state, reachedMs: nowOf(session) });
      }
      await look(session);
      if (!(await report(session))) return resultOf(session);
    }
  } catch (error) {
    // Whoever began it has seen enough.
    if (isCancellation(error) && isCancelled()) return resultOf(session);
    throw error;
  }
}

function fresh(): SoakResume {
  const nowMs = nowOf({ reachedMs: 0 });
  const state = { problem: null, intervalMs: null, reported: null, shownResets: 0, reachedMs: 0 };
  return { soak: newSoak(nowMs), lookedMs: nowMs, ...state };
}

function resultOf({ soak: { provenMs, resets } }: Session): SoakClusterResult {
  return { provenMs, resets };
}

/** The activity waits until the look is due: a week of looks then fits into few events. */
async function look(session: Session): Promise<void> {
  const { soak, input, lookedMs, intervalMs } = session;
  const atMs = intervalMs === null ? lookedMs : lookedMs + intervalMs;
  const waitMs = Math.max(0, atMs - nowOf(session));
  const result = await call(
    'lookAtAlerts',
    {
      summary: `alerts since ${clockTime(soak.countedToMs)}`,
      startToCloseMs: waitMs + LOOK_TAKES_MS,
      heartbeats: false,
    },
    {
      sinceMs: soak.countedToMs,
      atMs,
      shown: {
        provenMs: soak.provenMs,
        remainingMs: Math.max(0, input.forMs - soak.provenMs),
        newResets: soak.resets - session.shownResets,
        isBlind: soak.blindMs > 0 || session.problem !== null,
      },
    },
  );
  session.shownResets = soak.resets;
  session.problem = result.ok ? result.value.problem : result.message;
  if (!result.ok) {
    const againMs = nowOf(session) + FIRST_INTERVAL_MS;
    const summary = `until the next look at ${clockTime(againMs)}`;
    await waitForNews(session, { untilMs: againMs, isNews: () => false, summary });
    return;
  }
  session.soak = afterLook(soak, result.value.spans, result.value.gapMaxMs);
  session.intervalMs = result.value.intervalMs;
  session.lookedMs = nowOf(session);
}

/** False where the run that it belongs to is gone. */
async function report(session: Session): Promise<boolean> {
  const told = reportOf(session);
  setCurrentDetails(describeSoak(told, session.input));
  const { provenMs: _, lookedMs, ...lasting } = told;
  // Whoever waits for all clusters of a stage must know that this one is still proven.
  const news = JSON.stringify({ ...lasting, blindMs: told.blindMs > 0, at: told.state === 'proven' ? lookedMs : 0 });
  if (news === session.reported) return true;
  try {
    await getExternalWorkflowHandle(session.input.fleet).signal(soakReported, told);
    session.reported = news;
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the run that this soak belongs to is gone', { fleet: session.input.fleet });
    return false;
  }
}

function reportOf(session: Session): SoakReport {
  const { input, soak, problem, lookedMs, intervalMs } = session;
  const { provenMs, resets, lastReset, blindMs, isAlerting } = soak;
  const failure = soakFailure(soak, input, nowOf(session));
  return {
    cluster: input.cluster,
    run: input.run,
    // An answer that did not come is no proof.
    state: problem !== null && failure === null ? 'soaking' : soakState(soak, input, nowOf(session)),
    detail: failure ?? problem ?? '',
    provenMs,
    resets,
    lastReset,
    blindMs,
    isAlerting,
    lookedMs,
    intervalMs,
  };
}
