/** Minute by minute, whether alerts fired: for whoever counts time without alerts. Times in milliseconds since 1970. */

import { type AlertHistory, type AlertRules, describeAlerts, judgeAlerts, MINUTE_MS } from './alert-gate.ts';

/** A time of one kind; spans follow one another, and where there is none nothing is known. */
export interface AlertSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly kind: (typeof SPAN_KINDS)[number];
  /** For people; empty where it is quiet. */
  readonly detail: string;
}

export const SPAN_KINDS = ['quiet', 'alerting', 'unknown'] as const;

/** Each minute is judged as the gate judges a time; those that follow one another and are alike become one span. */
export function judgeMinutes(history: AlertHistory, rules: Pick<AlertRules, 'heartbeat'>): readonly AlertSpan[] {
  const spans = history.minutes.map((endMs): AlertSpan => {
    const alerts = history.alerts.map(({ name, minutes }) => ({
      name,
      minutes: minutes.filter((one) => one === endMs),
    }));
    const verdict = judgeAlerts({ ...history, minutes: [endMs], alerts }, rules);
    return { fromMs: endMs - MINUTE_MS, toMs: endMs, kind: verdict.kind, detail: describeAlerts(verdict) ?? '' };
  });
  return spans.reduce<readonly AlertSpan[]>(joined, []);
}

/** The detail is that of the beginning. */
function joined(before: readonly AlertSpan[], next: AlertSpan): readonly AlertSpan[] {
  const last = before.at(-1);
  if (last === undefined || last.kind !== next.kind || last.toMs !== next.fromMs) return [...before, next];
  return [...before.slice(0, -1), { ...last, toMs: next.toMs }];
}
