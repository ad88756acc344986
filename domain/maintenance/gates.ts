/** The gates that maintenance begins through, as one answer for whoever asks for a slot. */

import { type AlertVerdict, describeAlerts } from './alert-gate.ts';
import { type CalendarState, describeClosed } from './calendar.ts';

export interface GateAnswer {
  readonly open: boolean;
  /** For people: one sentence for each gate that is closed. */
  readonly reasons: readonly string[];
}

/** `alerts`: null where alerts are not looked at. */
export function gateAnswer(calendar: CalendarState, alerts: AlertVerdict | null): GateAnswer {
  const reasons = [describeClosed(calendar), alerts === null ? null : describeAlerts(alerts)].filter(
    (reason) => reason !== null,
  );
  return { open: reasons.length === 0, reasons };
}
