/** Looks at all gates: windows and freezes by this machine's clock, and what answers whether alerts fire. */

import { calendarAt, type MaintenanceCalendar } from '../../domain/maintenance/calendar.ts';
import { gateAnswer } from '../../domain/maintenance/gates.ts';
import type { Gate } from '../../domain/maintenance/survey.ts';
import type { AlertSource } from './alert-source.ts';

export interface GateDeps {
  /** Null where no source of alerts is configured. */
  readonly alerts: Pick<AlertSource, 'verdict'> | null;
  /** Alerts are looked at over at least this long. */
  readonly lookBackMs: number;
  readonly now: () => number;
}

export interface GateQuestion {
  readonly calendar: MaintenanceCalendar;
  /** When the gates were looked at last; null where they never were. */
  readonly lookedMs: number | null;
}

/** A look that long ago was made for another maintenance. */
const SERIES_GAP_MAX_MS = 3_600_000;

/** Never throws: what cannot be known is a closed gate. */
export async function lookAtGates(
  { alerts, lookBackMs, now }: GateDeps,
  { calendar, lookedMs }: GateQuestion,
  signal: AbortSignal,
): Promise<Gate> {
  const nowMs = now();
  const isOfSeries = lookedMs !== null && nowMs - lookedMs <= SERIES_GAP_MAX_MS;
  const sinceMs = Math.min(isOfSeries ? lookedMs : nowMs, nowMs - lookBackMs);
  const verdict = alerts === null ? null : await alerts.verdict(sinceMs, signal);
  return gateAnswer(calendarAt(calendar, nowMs), verdict);
}
