/** The gates that maintenance begins through, as one answer for whoever asks for a slot. */

import { type AlertVerdict, describeAlerts } from './alert-gate.ts';
import { type CalendarState, describeClosed } from './calendar.ts';
import type { Gate } from './survey.ts';

/** A sentence for each gate that is closed. `alerts`: null where alerts are not looked at. */
export function gateAnswer(calendar: CalendarState, alerts: AlertVerdict | null): Gate {
  const reasons = [describeClosed(calendar), alerts === null ? null : describeAlerts(alerts)].filter(
    (reason) => reason !== null,
  );
  return { isOpen: reasons.length === 0, reasons };
}
