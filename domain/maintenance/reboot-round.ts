/** One round of rolling reboots: what has ended is remembered, and who is next is asked for. */

import type { NodeName, NodeRef } from '../node/identity.ts';
import type { NodeOutcomeKind } from './outcome.ts';
import type { Need } from './reboot-need.ts';
import {
  inRebootOrder,
  type RebootCandidate,
  type RebootDecision,
  type RebootMemory,
  type RebootMoment,
  rebootDecision,
  remembered,
  withoutForgotten,
} from './reboots.ts';

/** A reboot whose maintenance was started, and has not ended as far as is known. */
export interface AskedReboot {
  readonly node: NodeRef;
  readonly needs: readonly Need[];
  /** A millisecond after the one before it, so that its order among them is told by it. */
  readonly askedMs: number;
}

export interface RebootLedger {
  readonly asked: readonly AskedReboot[];
  readonly memories: readonly RebootMemory[];
}

/** Of a maintenance that was asked for. */
export interface RebootEnding {
  readonly node: NodeRef;
  readonly outcome: NodeOutcomeKind;
}

/** What people are shown of a node. */
export interface RebootRow {
  readonly node: NodeName;
  readonly group: string;
  readonly kind: RebootDecision['kind'];
  readonly reason: string;
}

export interface RebootRound {
  readonly starts: readonly AskedReboot[];
  /** Nodes that need a reboot, in the order in which they are rebooted. */
  readonly rows: readonly RebootRow[];
  readonly ledger: RebootLedger;
}

/** Maintenances that wait for a slot or are at work: more would ask for slots out of their order. */
export const AT_ONCE_MAX = 100;

export const NEW_LEDGER: RebootLedger = { asked: [], memories: [] };

/** The ledger after a maintenance has ended. */
export function afterEnding(ledger: RebootLedger, { node, outcome }: RebootEnding, nowMs: number): RebootLedger {
  const asked = ledger.asked.find((one) => one.node.name === node.name);
  if (asked === undefined) return ledger;
  const before = ledger.memories.find((memory) => memory.node.name === node.name) ?? null;
  const memory = remembered(before, { node: asked.node, needs: asked.needs, outcome, nowMs });
  return {
    asked: ledger.asked.filter((one) => one !== asked),
    memories: [...ledger.memories.filter((one) => one !== before), memory],
  };
}

/** `isPaused`: nothing is started. */
export function rebootRound(
  ledger: RebootLedger,
  candidates: readonly RebootCandidate[],
  moment: RebootMoment & { readonly isPaused: boolean },
): RebootRound {
  const memories = withoutForgotten(ledger.memories, candidates, moment);
  const starts: AskedReboot[] = [];
  const rows: RebootRow[] = [];
  const room = moment.isPaused ? 0 : AT_ONCE_MAX - ledger.asked.length;
  for (const one of inRebootOrder(candidates, moment)) {
    const isAsked = ledger.asked.some(({ node }) => node.name === one.node.name);
    const memory = memories.find(({ node }) => node.name === one.node.name) ?? null;
    const decision = rebootDecision({ ...one, isInWork: one.isInWork || isAsked }, memory, moment);
    if (decision.kind === 'not-needed') continue;
    rows.push({ node: one.node.name, group: one.group, kind: decision.kind, reason: decision.reason });
    if (decision.kind !== 'reboot' || starts.length >= room) continue;
    starts.push({ node: one.node, needs: decision.needs, askedMs: moment.nowMs + starts.length });
  }
  return { starts, rows, ledger: { asked: ledger.asked, memories } };
}

/** The ledger once the maintenance has begun. */
export function withAsked({ asked, memories }: RebootLedger, started: AskedReboot): RebootLedger {
  return { asked: [...asked, started], memories };
}
