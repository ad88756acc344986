/** The gate of the alerts: judges what Prometheus or Alertmanager answered; what is not known is a no. Times in ms since 1970. */

import { clockTime } from '../clock-time.ts';
import type { Labels } from '../label-selector.ts';
import { type LabelMatcher, matchesLabel } from './label-matchers.ts';

export interface AlertRules {
  /** An alert counts where all of them match. */
  readonly match: readonly LabelMatcher[];
  /** Names of alerts that do not count. */
  readonly ignore: readonly string[];
  /** Name of the alert that always fires: without it silence proves nothing. */
  readonly heartbeat: string;
  /** After a restart nothing is known for as long as the longest `for` of the rules that count, at most this long. */
  readonly restartGraceMs: number;
}

/** Each time is the end of a minute that was asked for. */
export interface AlertHistory {
  readonly minutes: readonly number[];
  readonly heartbeatMinutes: readonly number[];
  /** Alerts that count, by name. */
  readonly alerts: readonly { readonly name: string; readonly minutes: readonly number[] }[];
  /** When the program that evaluates the rules began. */
  readonly startedMs: number;
  readonly graceMs: number;
}

export type AlertVerdict =
  | { readonly kind: 'quiet' }
  /** `names`: sorted, at most `NAMES_MAX`; `lastMs`: end of the last minute with one of them. */
  | { readonly kind: 'alerting'; readonly names: readonly string[]; readonly count: number; readonly lastMs: number }
  /** `message`: for people. */
  | { readonly kind: 'unknown'; readonly message: string };

export const MINUTE_MS = 60_000;
const NAMES_MAX = 10;

/** Quiet where every minute is known and no alert counted in any of them. */
export function judgeAlerts(history: AlertHistory, { heartbeat }: Pick<AlertRules, 'heartbeat'>): AlertVerdict {
  const { minutes, heartbeatMinutes, startedMs, graceMs } = history;
  const counted = history.alerts.filter((alert) => alert.minutes.length > 0);
  if (counted.length > 0) {
    const lastMs = Math.max(...counted.flatMap((alert) => alert.minutes));
    return alerting(
      counted.map(({ name }) => name),
      lastMs,
    );
  }
  if (minutes.length === 0) return { kind: 'unknown', message: 'no minute was asked for' };
  const beats = new Set(heartbeatMinutes);
  const silent = minutes.find((atMs) => !beats.has(atMs));
  if (silent !== undefined) {
    return {
      kind: 'unknown',
      message: `the alert ${heartbeat} did not fire in the minute before ${clockTime(silent)}`,
    };
  }
  const knownFromMs = startedMs + graceMs;
  // Nor is the time before the restart: there may have been another one within its own grace.
  if (graceMs > 0 && minutes.some((atMs) => atMs - MINUTE_MS < knownFromMs)) {
    const restart = `the rules are evaluated since ${clockTime(startedMs)}`;
    return { kind: 'unknown', message: `${restart}: an alert may be pending again until ${clockTime(knownFromMs)}` };
  }
  return { kind: 'quiet' };
}

/** Sorts and bounds the names. */
export function alerting(names: readonly string[], lastMs: number): AlertVerdict {
  const sorted = [...new Set(names)].sort();
  return { kind: 'alerting', names: sorted.slice(0, NAMES_MAX), count: sorted.length, lastMs };
}

/** For people; null where the gate is open. */
export function describeAlerts(verdict: AlertVerdict): string | null {
  if (verdict.kind === 'quiet') return null;
  if (verdict.kind === 'unknown') return `it is not known whether alerts fire: ${verdict.message}`;
  const { names, count, lastMs } = verdict;
  const more = count > names.length ? ` and ${count - names.length} more` : '';
  return `alerts fire, the last one in the minute before ${clockTime(lastMs)}: ${names.join(', ')}${more}`;
}

/** A rule of Prometheus for alerts. */
export interface AlertingRule {
  readonly name: string;
  readonly labels: Labels;
  readonly forMs: number;
}

/** How long after a restart nothing is known. */
export function restartGrace(found: readonly AlertingRule[], rules: AlertRules): number {
  const longestMs = Math.max(0, ...found.filter((rule) => mayCount(rule, rules)).map(({ forMs }) => forMs));
  return Math.min(longestMs, rules.restartGraceMs);
}

/** A label that the rule does not set, or makes from a template, may have any value. */
function mayCount({ name, labels }: AlertingRule, { match, ignore, heartbeat }: AlertRules): boolean {
  if (ignore.includes(name) || name === heartbeat) return false;
  const known: Labels = { ...labels, alertname: name };
  return match.every((matcher) => {
    const value = Object.hasOwn(known, matcher.label) ? known[matcher.label] : undefined;
    return value === undefined || value.includes('{{') || matchesLabel(matcher, known);
  });
}
