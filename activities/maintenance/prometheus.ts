/**
 * Alerts from Prometheus. Asked is which minutes had one, never the plain series: its look-back of five minutes hides
 * the gap of a restart.
 */

import {
  type AlertHistory,
  type AlertRules,
  type AlertVerdict,
  judgeAlerts,
  MINUTE_MS,
  restartGrace,
} from '../../domain/maintenance/alert-gate.ts';
import { judgeMinutes } from '../../domain/maintenance/alert-minutes.ts';
import { exactPattern, formatLabelMatcher, type LabelMatcher } from '../../domain/maintenance/label-matchers.ts';
import { type AlertSource, type AlertSourceDeps, answerOf, knownOrNot } from './alert-source.ts';
import {
  alertingRulesOf,
  latestStartMs,
  type Range,
  rangeAnswer,
  rangesOf,
  rulesAnswer,
  runtimeAnswer,
  timeMs,
  vectorAnswer,
} from './prometheus-answers.ts';

export interface PrometheusDeps extends AlertSourceDeps {
  /**
   * Query for the start time of what evaluates the rules, in seconds, where another program answers in its place; null:
   * Prometheus itself is asked.
   */
  readonly startTime: string | null;
}

/** So long an evaluation may take until its result can be asked for. */
const LAG_MS = 15_000;
/** Minutes of one look; of a longer time nothing is known. */
export const LOOK_MINUTES_MAX = 360;

interface Span {
  readonly startMs: number;
  readonly endMs: number;
  /** Of minutes; the first one ends at `startMs`. */
  readonly count: number;
}

export function prometheusAlerts(deps: PrometheusDeps): AlertSource {
  return {
    isOfMoments: false,
    verdict: (sinceMs, signal) => knownOrNot(deps, signal, (bounded) => look(deps, sinceMs, bounded)),
    minutes: (sinceMs, signal) =>
      knownOrNot(deps, signal, async (bounded) => {
        const span = spanSince(deps, sinceMs, LOOK_MINUTES_MAX);
        return { kind: 'known', spans: judgeMinutes(await historyOf(deps, span, bounded), deps.rules) };
      }),
  };
}

async function look(deps: PrometheusDeps, sinceMs: number, signal: AbortSignal): Promise<AlertVerdict> {
  const span = spanSince(deps, sinceMs, Number.POSITIVE_INFINITY);
  if (span.count > LOOK_MINUTES_MAX) {
    return { kind: 'unknown', message: `the last look was ${span.count} minutes ago, more than ${LOOK_MINUTES_MAX}` };
  }
  return judgeAlerts(await historyOf(deps, span, signal), deps.rules);
}

/** At least one minute, even where it was looked at before. */
function spanSince({ now }: PrometheusDeps, sinceMs: number, countMax: number): Span {
  const endMs = Math.floor((now() - LAG_MS) / 1_000) * 1_000;
  const count = Math.min(countMax, Math.max(1, Math.ceil((endMs - sinceMs) / MINUTE_MS)));
  return { startMs: endMs - (count - 1) * MINUTE_MS, endMs, count };
}

async function historyOf(deps: PrometheusDeps, span: Span, signal: AbortSignal): Promise<AlertHistory> {
  const { rules } = deps;
  const [alerts, heartbeat, graceMs, startedMs] = await Promise.all([
    askRanges(deps, countedAlerts(rules), span, signal),
    askRanges(deps, [{ label: 'alertname', operator: '=', value: rules.heartbeat }], span, signal),
    askGrace(deps, signal),
    askStart(deps, signal),
  ]);
  return {
    minutes: Array.from({ length: span.count }, (_, index) => span.startMs + index * MINUTE_MS),
    heartbeatMinutes: heartbeat.flatMap(({ times }) => times),
    alerts: alerts.map(({ alertname, times }) => ({ name: alertname, minutes: times })),
    startedMs,
    graceMs,
  };
}

/** Alerts that count: the heartbeat never does. */
export function countedAlerts({ match, ignore, heartbeat }: AlertRules): readonly LabelMatcher[] {
  return [...match, { label: 'alertname', operator: '!~', value: exactPattern([heartbeat, ...ignore]) }];
}

/** Each point says that the minute before it had such an alert. */
async function askRanges(
  deps: PrometheusDeps,
  matchers: readonly LabelMatcher[],
  { startMs, endMs }: Span,
  signal: AbortSignal,
): Promise<readonly Range[]> {
  const firing: LabelMatcher = { label: 'alertstate', operator: '=', value: 'firing' };
  const selector = [firing, ...matchers].map(formatLabelMatcher).join(',');
  const query = new URLSearchParams({
    query: `count by (alertname) (present_over_time(ALERTS{${selector}}[1m]))`,
    start: String(startMs / 1_000),
    end: String(endMs / 1_000),
    step: String(MINUTE_MS / 1_000),
  });
  return rangesOf(
    await answerOf(deps, { path: `/api/v1/query_range?${query.toString()}`, signal, check: rangeAnswer }),
  );
}

async function askGrace(deps: PrometheusDeps, signal: AbortSignal): Promise<number> {
  const path = '/api/v1/rules?type=alert&exclude_alerts=true';
  return restartGrace(alertingRulesOf(await answerOf(deps, { path, signal, check: rulesAnswer })), deps.rules);
}

async function askStart(deps: PrometheusDeps, signal: AbortSignal): Promise<number> {
  if (deps.startTime === null) {
    const answer = await answerOf(deps, { path: '/api/v1/status/runtimeinfo', signal, check: runtimeAnswer });
    return timeMs(answer.data.startTime);
  }
  const path = `/api/v1/query?${new URLSearchParams({ query: deps.startTime }).toString()}`;
  const startedMs = latestStartMs(await answerOf(deps, { path, signal, check: vectorAnswer }));
  if (startedMs === null) throw new Error(`the query ${deps.startTime} for the start time has no result`);
  return startedMs;
}
