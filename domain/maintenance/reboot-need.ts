/** Whether a node needs a reboot, and why. What is not known is not required (M43). Times in ms since 1970. */

import { assertNever } from '../assert-never.ts';
import type { NodeRef } from '../node/identity.ts';

export interface RebootRules {
  /** Null: a node may be up for ever. */
  readonly maxUptimeMs: number | null;
  /** From one boot of a node to the next reboot. */
  readonly minUptimeMs: number;
}

/** What an agent of the node reported last; see `contracts/connectivity/host-facts.ts`. */
export interface ReportedHost {
  readonly reportedMs: number;
  readonly uptimeSeconds: number;
  readonly bootId: string | null;
  readonly sentinel: { readonly state: 'present' | 'absent' | 'unknown'; readonly changedMs: number | null };
}

export interface RebootFacts {
  readonly node: NodeRef;
  /** Place of its group among the groups of the configuration. */
  readonly groupIndex: number;
  readonly group: string;
  /** As the kubelet says; empty where it does not. */
  readonly bootId: string;
  /** Null where no report is young enough. */
  readonly host: ReportedHost | null;
  /** The annotation `vigilante-reboot: required`. */
  readonly isAskedFor: boolean;
  /** Conditions of the configuration that are True, with the time of their last transition. */
  readonly conditions: readonly { readonly type: string; readonly changedMs: number | null }[];
}

/** In the order in which they are served. */
export const NEED_KINDS = ['asked-for', 'condition', 'sentinel', 'uptime'] as const;

export interface Need {
  readonly kind: (typeof NEED_KINDS)[number];
  /** The condition; empty for the others. */
  readonly name: string;
  /**
   * Tells one need from the next of its kind: when the sentinel file or the condition changed, when the node booted.
   * Null where it is not known, or somebody asks.
   */
  readonly sinceMs: number | null;
}

/** Clocks of nodes and collector differ, and a file may be written while a node boots. */
const CLOCK_TOLERANCE_MS = 300_000;

/** In the order of `NEED_KINDS`. */
export function needsOf(facts: RebootFacts, { maxUptimeMs }: RebootRules, nowMs: number): readonly Need[] {
  const host = currentHost(facts);
  const bootedMs = bootedAt(facts);
  const needs: Need[] = facts.conditions.map(({ type, changedMs }) => ({
    kind: 'condition',
    name: type,
    sinceMs: changedMs,
  }));
  if (facts.isAskedFor) needs.unshift({ kind: 'asked-for', name: '', sinceMs: null });
  if (host?.sentinel.state === 'present') needs.push({ kind: 'sentinel', name: '', sinceMs: host.sentinel.changedMs });
  if (maxUptimeMs !== null && bootedMs !== null && nowMs - bootedMs > maxUptimeMs) {
    needs.push({ kind: 'uptime', name: '', sinceMs: bootedMs });
  }
  return needs;
}

/** When the node booted, by its newest report; null where that is not known. */
export function bootedAt(facts: RebootFacts): number | null {
  const host = currentHost(facts);
  // An agent that cannot read it reports 0.
  return host === null || host.uptimeSeconds === 0 ? null : host.reportedMs - host.uptimeSeconds * 1_000;
}

/** A report of an earlier boot says nothing about this one. */
function currentHost({ host, bootId }: RebootFacts): ReportedHost | null {
  const isEarlier = host?.bootId !== null && bootId !== '' && host?.bootId !== bootId;
  return isEarlier ? null : host;
}

/**
 * Whether a reboot has served the need already: one of ours, or of anybody after the sentinel file was written. What
 * somebody asks for is served by taking the request away.
 */
export function isServed(
  need: Need,
  { served, bootedMs }: { readonly served: readonly Need[]; readonly bootedMs: number | null },
): boolean {
  if (need.kind === 'asked-for') return false;
  const isOlderThanBoot =
    need.kind === 'sentinel' &&
    need.sinceMs !== null &&
    bootedMs !== null &&
    need.sinceMs + CLOCK_TOLERANCE_MS < bootedMs;
  return isOlderThanBoot || served.some((one) => isSameNeed(one, need));
}

function isSameNeed(one: Need, other: Need): boolean {
  if (one.kind !== other.kind || one.name !== other.name) return false;
  if (one.sinceMs === null || other.sinceMs === null) return one.sinceMs === other.sinceMs;
  const differenceMs = Math.abs(one.sinceMs - other.sinceMs);
  // The time of a boot is reckoned from two clocks.
  return one.kind === 'uptime' ? differenceMs <= CLOCK_TOLERANCE_MS : differenceMs === 0;
}

const DAY_MS = 86_400_000;

/** For people. */
export function describeNeed({ kind, name, sinceMs }: Need, nowMs: number): string {
  switch (kind) {
    case 'asked-for':
      return 'somebody asks for it';
    case 'condition':
      return `its condition ${name} is True`;
    case 'sentinel':
      return 'its sentinel file is there';
    case 'uptime':
      return `it is up for ${Math.floor((nowMs - (sinceMs ?? nowMs)) / DAY_MS)} days`;
    default:
      return assertNever(kind);
  }
}
