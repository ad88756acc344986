/** What people and soaks say to a run over several clusters. */

import { ApplicationFailure, log, setHandler } from '@temporalio/workflow';
import { PAUSE_MAX_MS } from '../../contracts/maintenance/guard-maintenance.ts';
import type { Parsed } from '../../contracts/shape.ts';
import {
  abortFleet,
  approveStage,
  fleetStatus,
  pauseFleet,
  resumeFleet,
  retryCluster,
  skipCluster,
} from '../../contracts/upgrade/fleet-messages.ts';
import {
  parseClusterDecision,
  parseDecider,
  parseFleetPause,
  parseStageDecision,
} from '../../contracts/upgrade/fleet-parser.ts';
import { soakReported } from '../../contracts/upgrade/soak-cluster.ts';
import { parseSoakReport } from '../../contracts/upgrade/soak-parser.ts';
import * as decisions from '../../domain/upgrade/fleet-decisions.ts';
import { afterSoakReport } from '../../domain/upgrade/fleet-progress.ts';
import { withDecision } from '../../domain/upgrade/fleet-state.ts';
import { ignoreOtherSignals } from '../interceptors.ts';
import { nowOf } from '../workflow-time.ts';
import { change, type FleetSession, show, statusOf } from './fleet-session.ts';

/** The descriptions are shown by the Temporal UI, where a person picks a signal. */
export function receiveSignals(session: FleetSession): void {
  setHandler(
    soakReported,
    (payload) => {
      const report = accept('soakReported', parseSoakReport(payload));
      if (report === null || report.run !== session.input.run) return;
      const { cluster, state, detail, provenMs, resets, lookedMs, intervalMs } = report;
      const seen = { state, detail, provenMs, resets, lookedMs, intervalMs };
      change(session, afterSoakReport(session.state, cluster, seen));
    },
    { description: 'Sent by soakCluster' },
  );
  setHandler(
    pauseFleet,
    (payload) => {
      const pause = accept('pauseUpgrade', parseFleetPause(payload));
      if (pause === null) return;
      // A pause that is forgotten must not last.
      const untilMs = Math.min(pause.untilMs, nowOf(session) + PAUSE_MAX_MS);
      const { by, reason } = pause;
      const paused = { ...session.state, pause: { by, reason, untilMs } };
      change(session, withDecision(paused, { atMs: nowOf(session), what: 'pause', by, reason }));
    },
    {
      description:
        'No cluster is begun until untilMs, at most 14 days. Input: {"by": "who", "reason": "why", "untilMs": 1}',
    },
  );
  setHandler(
    resumeFleet,
    (payload) => {
      const who = accept('resumeUpgrade', parseDecider(payload));
      if (who === null) return;
      change(
        session,
        withDecision({ ...session.state, pause: null }, { atMs: nowOf(session), what: 'resume', ...who }),
      );
    },
    { description: 'Ends a pause. Input: {"by": "who", "reason": "why"}' },
  );
  ignoreOtherSignals('an upgrade of a fleet');
}

export function answerPeople(session: FleetSession): void {
  const { stages } = session.input;
  setHandler(fleetStatus, () => statusOf(session), { description: 'Stages, clusters, what is waited for' });
  const decide = (decided: (payload: unknown) => decisions.Decided) => ({
    take: (payload: unknown) => {
      const found = decided(payload);
      if (found.kind === 'refused') throw ApplicationFailure.nonRetryable(found.why, 'Refused');
      change(session, found.state);
      show(session);
      return { isTaken: true } as const;
    },
    check: (payload: unknown) => {
      const found = decided(payload);
      if (found.kind === 'refused') throw new Error(found.why);
    },
  });
  const now = () => nowOf(session);
  const stage = decide((payload) =>
    decisions.decideStage(session.state, valueOf(parseStageDecision(payload)), { stages, nowMs: now() }),
  );
  setHandler(approveStage, stage.take, {
    description: 'Input: {"stage": "name", "decision": "approve" | "reject", "by": "who", "reason": "why"}',
    validator: stage.check,
  });
  const skip = decide((payload) => decisions.skipCluster(session.state, valueOf(parseClusterDecision(payload)), now()));
  setHandler(skipCluster, skip.take, {
    description: 'Leaves a cluster out. Input: {"cluster": "name", "by": "who", "reason": "why"}',
    validator: skip.check,
  });
  const retry = decide((payload) =>
    decisions.retryCluster(session.state, valueOf(parseClusterDecision(payload)), now()),
  );
  setHandler(retryCluster, retry.take, {
    description:
      'Tries a cluster again that failed or was skipped. Input: {"cluster": "name", "by": "who", "reason": "why"}',
    validator: retry.check,
  });
  const abort = decide((payload) => decisions.abortFleet(session.state, valueOf(parseDecider(payload)), now()));
  setHandler(abortFleet, abort.take, {
    description: 'Begins nothing more; what runs ends at its next border. Input: {"by": "who", "reason": "why"}',
    validator: abort.check,
  });
}

function accept<T>(signal: string, parsed: Parsed<T>): T | null {
  if (parsed.ok) return parsed.value;
  log.warn(`signal ${signal} ignored`, { problem: parsed.problems.join('; ') });
  return null;
}

function valueOf<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw ApplicationFailure.nonRetryable(parsed.problems.join('; '), 'InvalidInput');
}
