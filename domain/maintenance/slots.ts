/** Slots and requests for them, as the guard keeps them, and in which order requests are served. */

import type { NodeRef } from '../node/identity.ts';
import type { Breaker } from './breaker.ts';
import { CLOSED_BREAKER } from './breaker.ts';
import type { Purpose } from './facts.ts';
import type { NodeOutcomeKind } from './outcome.ts';
import { nodeIn, type Survey } from './survey.ts';

/** `take`: before the cordon. `act`: the last look before the act, with the slot in hand. */
export const ASK_STAGES = ['take', 'act'] as const;
export type AskStage = (typeof ASK_STAGES)[number];

/** What kind of reason it is: bounded, for metrics. */
export const WAIT_KINDS = [
  'paused',
  'gate',
  'breaker',
  'group-budget',
  'cluster-budget',
  'zone',
  'control-plane',
  'ignored',
  'last-node',
  'not-ready',
  'unknown',
] as const;
export type WaitKind = (typeof WAIT_KINDS)[number];

export interface WaitReason {
  readonly kind: WaitKind;
  readonly detail: string;
}

export interface SlotRequest {
  readonly node: NodeRef;
  readonly workflow: string;
  readonly group: string;
  readonly purpose: Purpose;
  readonly stage: AskStage;
  readonly drains: boolean;
  /** Where whoever had it maintained put it in their queue; absent: when it first asked. */
  readonly queuedMs?: number;
  readonly firstAskedMs: number;
  readonly lastAskedMs: number;
  /** What it was last told; empty before. */
  readonly reasons: readonly WaitReason[];
}

export interface Slot {
  readonly node: NodeRef;
  readonly workflow: string;
  readonly group: string;
  readonly purpose: Purpose;
  readonly zone: string | null;
  readonly controlPlane: boolean;
  readonly sinceMs: number;
  /** The node did not come back (M19). */
  readonly held: boolean;
  /** The act after which it did not. */
  readonly heldAttempt?: number;
}

export interface Pause {
  /** As the client says of itself. */
  readonly by: string;
  readonly reason: string;
  readonly untilMs: number;
}

/** Plain data: carried from run to run. */
export interface Ledger {
  readonly slots: readonly Slot[];
  readonly requests: readonly SlotRequest[];
  readonly breaker: Breaker;
  readonly pause: Pause | null;
  /** Nothing is given before this time: a slot given by a guard that is gone may not have become a mark yet. */
  readonly givesFromMs: number;
}

export function newLedger(givesFromMs: number): Ledger {
  return { slots: [], requests: [], breaker: CLOSED_BREAKER, pause: null, givesFromMs };
}

/** Not repeated for so long, a request is forgotten. */
const FORGOTTEN_AFTER_MS = 900_000;
/** Longer than a cluster has nodes in work and waiting; what asks then is told to wait. */
export const REQUESTS_MAX = 1_000;

export function withRequest(ledger: Ledger, asked: Omit<SlotRequest, 'firstAskedMs' | 'reasons'>): Ledger {
  const before = ledger.requests.find(({ node }) => node.name === asked.node.name);
  const others = ledger.requests.filter((request) => request !== before);
  if (before === undefined && others.length >= REQUESTS_MAX) return ledger;
  const isSame = before?.node.uid === asked.node.uid && before.stage === asked.stage;
  const request: SlotRequest = {
    ...asked,
    firstAskedMs: isSame ? before.firstAskedMs : asked.lastAskedMs,
    // Whoever asks again is told again.
    reasons: [],
  };
  return { ...ledger, requests: [...others, request] };
}

export interface SlotReturn {
  readonly node: NodeRef;
  readonly outcome: NodeOutcomeKind;
  /** The node did not come back: the slot is kept (M19). */
  readonly held: boolean;
  readonly attempt?: number;
}

/** Whether the same was told of the same act before: a message may come twice, and a new guard is told again. */
export function isToldAgain({ slots }: Ledger, { node, held, attempt }: SlotReturn): boolean {
  const slot = slots.find((one) => isOf(one, node));
  return held && attempt !== undefined && slot?.held === true && slot.heldAttempt === attempt;
}

export function withReturn(ledger: Ledger, { node, held, attempt }: SlotReturn): Ledger {
  const requests = ledger.requests.filter((request) => !isOf(request, node));
  if (!held) return { ...ledger, requests, slots: ledger.slots.filter((slot) => !isOf(slot, node)) };
  const told = { held, ...(attempt === undefined ? {} : { heldAttempt: attempt }) };
  return { ...ledger, requests, slots: ledger.slots.map((slot) => (isOf(slot, node) ? { ...slot, ...told } : slot)) };
}

function isOf(entry: { readonly node: NodeRef }, node: NodeRef): boolean {
  return entry.node.name === node.name && entry.node.uid === node.uid;
}

export function withoutForgotten(ledger: Ledger, nowMs: number): Ledger {
  const kept = ledger.requests.filter(({ lastAskedMs }) => nowMs - lastAskedMs <= FORGOTTEN_AFTER_MS);
  return kept.length === ledger.requests.length ? ledger : { ...ledger, requests: kept };
}

const PURPOSE_RANK: Readonly<Record<Purpose, number>> = { 'by-hand': 2, upgrade: 3, reboot: 4 };

/** A node that bears a mark first, then the control plane, then by purpose; a node that is not Ready last (M24). */
function rankOf(request: SlotRequest, survey: Survey): number {
  const node = nodeIn(survey, request.node);
  if (node !== null && node.mark !== null) return 0;
  if (node !== null && !node.ready) return 5;
  return node?.controlPlane === true ? 1 : PURPOSE_RANK[request.purpose];
}

export function inOrder(requests: readonly SlotRequest[], survey: Survey): readonly SlotRequest[] {
  return requests.toSorted(
    (a, b) =>
      rankOf(a, survey) - rankOf(b, survey) ||
      (a.queuedMs ?? a.firstAskedMs) - (b.queuedMs ?? b.firstAskedMs) ||
      (a.node.name < b.node.name ? -1 : Number(a.node.name > b.node.name)),
  );
}
