/** How long the startup taint of a new node stays where the node is not healed (E29). Times in milliseconds since 1970. */

import { assertNever } from '../assert-never.ts';

export const TAINT_TIMEOUTS = ['remove', 'keep'] as const;
/** What becomes of the taint when its time is over: removed without a mark, or kept and reported. */
export type TaintTimeout = (typeof TAINT_TIMEOUTS)[number];

export const CAP_OUTCOMES = ['removed', 'kept', 'refused', 'none'] as const;
/**
 * What became of a startup taint whose time was over. `kept`: as configured. `refused`: the API server keeps it. `none`:
 * it was not there, or the node is marked, switched off, gone or another one.
 */
export type CapOutcome = (typeof CAP_OUTCOMES)[number];

export interface TaintCap {
  /** From the creation of the node. */
  readonly capMs: number;
  readonly onTimeout: TaintTimeout;
}

export type TaintAction =
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Its time is over: remove it, or keep and report it. */
  | { readonly kind: 'cap-taint' }
  /** It was done for this node, or the creation of the node is not known yet. */
  | { readonly kind: 'none' };

export interface TaintMoment {
  readonly cap: TaintCap;
  /** When the node was created; undefined where no worker has said it yet. */
  readonly createdMs: number | undefined;
  readonly isCapped: boolean;
  readonly nowMs: number;
}

/**
 * Decided beside `healingPlan`: a heal that waits for a pod, or for its turn among a thousand, must not move the cap. Nor
 * does an outage of the echoes, which moves the window.
 */
export function taintPlan({ cap, createdMs, isCapped, nowMs }: TaintMoment): TaintAction {
  if (isCapped || createdMs === undefined) return { kind: 'none' };
  const untilMs = createdMs + cap.capMs;
  return nowMs < untilMs ? { kind: 'wait', untilMs } : { kind: 'cap-taint' };
}

/** For the Event `StartupTaintKept`. */
export function describeKeptTaint(key: string, message: string): string {
  return `the API server does not let the startup taint ${key} be removed: ${message}`;
}

/** What became of the startup taint at its cap; empty where it was not there. */
export function describeCap(capped: CapOutcome): string {
  switch (capped) {
    case 'removed':
      return 'The startup taint had its time, and was removed without a mark.';
    case 'kept':
      return 'The startup taint had its time, and is kept.';
    case 'refused':
      return 'The startup taint had its time, and the API server does not let it be removed.';
    case 'none':
      return '';
    default:
      return assertNever(capped);
  }
}
