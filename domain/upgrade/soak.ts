/**
 * Soak: how much time of a cluster is proven free of alerts. Pure arithmetic over what was seen of each minute. Times in
 * milliseconds since 1970, durations in milliseconds.
 */

import type { AlertSpan } from '../maintenance/alert-minutes.ts';

/** How long each cluster of a stage must be proven free of alerts before the next stage begins. */
export interface SoakDemand {
  readonly forMs: number;
  /** So many resets of a cluster halt the run. */
  readonly resetsMax: number;
  /** Counted from the beginning of the soak; then the run is halted. */
  readonly deadlineMs: number;
}

export interface SoakReset {
  readonly atMs: number;
  readonly detail: string;
}

export interface Soak {
  readonly startedMs: number;
  /** Time that was looked at since the last reset, in which no alert counted. */
  readonly provenMs: number;
  /** How far it was looked at, or known to be unknown. */
  readonly countedToMs: number;
  /** Length of the unknown time that ends there; 0 where it is known. */
  readonly blindMs: number;
  /** Whether an alert counted there; one that goes on after unknown time is the same one. */
  readonly isAlerting: boolean;
  readonly resets: number;
  readonly lastReset: SoakReset | null;
}

export function newSoak(nowMs: number): Soak {
  const counts = { provenMs: 0, blindMs: 0, resets: 0 };
  return { startedMs: nowMs, countedToMs: nowMs, isAlerting: false, lastReset: null, ...counts };
}

/** @param gapMaxMs unknown time at a stretch that is longer than this is a reset */
export function afterLook(soak: Soak, spans: readonly AlertSpan[], gapMaxMs: number): Soak {
  return spans.reduce((before, span) => {
    if (span.toMs <= before.countedToMs) return before;
    const known = span.fromMs > before.countedToMs ? afterUnknown(before, holeBefore(before, span), gapMaxMs) : before;
    return afterSpan(known, { ...span, fromMs: known.countedToMs }, gapMaxMs);
  }, soak);
}

function holeBefore({ countedToMs }: Soak, { fromMs }: AlertSpan): AlertSpan {
  return { fromMs: countedToMs, toMs: fromMs, kind: 'unknown', detail: 'nothing is known of this time' };
}

function afterSpan(soak: Soak, span: AlertSpan, gapMaxMs: number): Soak {
  const { fromMs, toMs, kind } = span;
  if (kind === 'unknown') return afterUnknown(soak, span, gapMaxMs);
  const counted = { ...soak, countedToMs: toMs, blindMs: 0 };
  if (kind === 'quiet') return { ...counted, isAlerting: false, provenMs: soak.provenMs + (toMs - fromMs) };
  const alerting = { ...counted, isAlerting: true, provenMs: 0 };
  return soak.isAlerting ? alerting : reset(alerting, { atMs: fromMs, detail: span.detail });
}

/** Does not count; a reset in the moment in which it is longer than allowed. */
function afterUnknown(soak: Soak, { fromMs, toMs, detail }: AlertSpan, gapMaxMs: number): Soak {
  const blindMs = soak.blindMs + (toMs - fromMs);
  const blind = { ...soak, countedToMs: toMs, blindMs };
  if (blindMs <= gapMaxMs || soak.blindMs > gapMaxMs) return blind;
  return reset({ ...blind, provenMs: 0 }, { atMs: fromMs - soak.blindMs + gapMaxMs, detail });
}

function reset(soak: Soak, lastReset: SoakReset): Soak {
  return { ...soak, resets: soak.resets + 1, lastReset };
}

export const SOAK_STATES = ['soaking', 'proven', 'failed'] as const;
export type SoakState = (typeof SOAK_STATES)[number];

/** `proven` for as long as no alert counts and the end of the time is known; `failed` does not end by itself. */
export function soakState(soak: Soak, demand: SoakDemand, nowMs: number): SoakState {
  if (soakFailure(soak, demand, nowMs) !== null) return 'failed';
  return soak.provenMs >= demand.forMs && soak.blindMs === 0 && !soak.isAlerting ? 'proven' : 'soaking';
}

/** For people; null where it has not failed. */
export function soakFailure(soak: Soak, { forMs, resetsMax, deadlineMs }: SoakDemand, nowMs: number): string | null {
  const { resets, lastReset, startedMs, provenMs } = soak;
  if (resets >= resetsMax) return `${resets} resets, the last one: ${lastReset?.detail ?? ''}`;
  const isLate = nowMs - startedMs >= deadlineMs && provenMs < forMs;
  return isLate ? `not proven within its deadline` : null;
}
