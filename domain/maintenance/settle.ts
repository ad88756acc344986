/** Makes one look at the cluster into slots: adopts marks, frees what is over, grants what may be granted. */

import type { NodeName } from '../node/identity.ts';
import { afterTally } from './breaker.ts';
import { reasonsToWait } from './grant.ts';
import { inOrder, type Ledger, type Slot, type SlotRequest, type WaitReason, withoutForgotten } from './slots.ts';
import { nodeIn, type Survey, type SurveyedNode } from './survey.ts';

export interface Waiting {
  readonly request: SlotRequest;
  readonly reasons: readonly WaitReason[];
}

export interface Settled {
  readonly ledger: Ledger;
  readonly granted: readonly SlotRequest[];
  readonly waiting: readonly Waiting[];
  /** Those of the waiting ones whose reasons are news. */
  readonly news: readonly Waiting[];
  /** Nodes whose mark no running workflow answers for. */
  readonly abandoned: readonly SurveyedNode[];
}

export interface Moment {
  readonly nowMs: number;
  /** Slots of these nodes came back while the look was under way: it may show what was before. */
  readonly returned: ReadonlySet<NodeName>;
}

export function settle(before: Ledger, survey: Survey, at: Moment): Settled {
  const { nowMs } = at;
  let ledger = withoutForgotten(before, nowMs);
  ledger = { ...ledger, pause: ledger.pause !== null && ledger.pause.untilMs > nowMs ? ledger.pause : null };
  ledger = {
    ...ledger,
    slots: [...ledger.slots.filter((slot) => !isOver(slot, survey)), ...adopted(ledger, survey, at)],
  };
  const { closeAfterMs } = survey.rules;
  ledger = { ...ledger, breaker: afterTally(ledger.breaker, survey.groups, { closeAfterMs, nowMs }) };
  const granted: SlotRequest[] = [];
  const waiting: Waiting[] = [];
  for (const request of inOrder(ledger.requests, survey)) {
    const reasons = reasonsOf(request, { ledger, survey, nowMs });
    if (reasons.length > 0) {
      waiting.push({ request, reasons });
    } else {
      granted.push(request);
      ledger = withSlot(ledger, request, { survey, nowMs });
    }
  }
  const requests = waiting.map(({ request, reasons }) => ({ ...request, reasons }));
  return {
    ledger: { ...ledger, requests },
    granted,
    waiting,
    news: waiting.filter(({ request, reasons }) => isNews(request, reasons)),
    abandoned: survey.nodes.filter((node) => isAbandoned(node) && !at.returned.has(node.name)),
  };
}

/** A mark is a slot, whoever gave it: a guard that starts anew knows by the marks what is out (M26). */
function adopted(ledger: Ledger, survey: Survey, { nowMs, returned }: Moment): readonly Slot[] {
  return survey.nodes.flatMap(({ name, uid, mark, group, zone, controlPlane }) => {
    const isKnown = ledger.slots.some((slot) => slot.node.name === name && slot.node.uid === uid);
    if (uid === null || mark === null || isKnown || returned.has(name)) return [];
    const { workflow, purpose, sinceMs } =
      mark === 'unreadable' ? ({ workflow: '', purpose: 'by-hand', sinceMs: nowMs } as const) : mark;
    const ownGroup = group ?? (mark === 'unreadable' ? '' : mark.group);
    return [{ node: { name, uid }, workflow, group: ownGroup, purpose, zone, controlPlane, sinceMs, held: false }];
  });
}

/** No slot expires: it is over when its workflow has ended, and the node is gone or bears no mark of it. */
function isOver({ node }: Slot, survey: Survey): boolean {
  const seen = survey.nodes.find(({ name }) => name === node.name);
  return seen?.workflow === 'closed' && (seen.uid !== node.uid || seen.mark === null);
}

function isAbandoned({ uid, mark, workflow }: SurveyedNode): boolean {
  return uid !== null && mark !== null && mark !== 'unreadable' && workflow === 'closed';
}

function reasonsOf(
  request: SlotRequest,
  scene: { readonly ledger: Ledger; readonly survey: Survey; readonly nowMs: number },
): readonly WaitReason[] {
  const { ledger, nowMs } = scene;
  const hasSlot = ledger.slots.some(({ node }) => node.name === request.node.name && node.uid === request.node.uid);
  // It was given before, and the answer was lost.
  if (hasSlot && request.stage === 'take') return [];
  if (!hasSlot && request.stage === 'act') return [{ kind: 'unknown', detail: 'its slot is not known' }];
  const isNew = nowMs < ledger.givesFromMs;
  if (isNew) return [{ kind: 'unknown', detail: 'the guard has just begun and reads the marks of all nodes' }];
  return reasonsToWait(request, scene);
}

function withSlot(
  ledger: Ledger,
  { node, workflow, group, purpose, stage }: SlotRequest,
  { survey, nowMs }: { readonly survey: Survey; readonly nowMs: number },
): Ledger {
  const isThere = ledger.slots.some((slot) => slot.node.name === node.name && slot.node.uid === node.uid);
  if (stage === 'act' || isThere) return ledger;
  const seen = nodeIn(survey, node);
  const slot: Slot = {
    node,
    workflow,
    group: seen?.group ?? group,
    purpose,
    zone: seen?.zone ?? null,
    controlPlane: seen?.controlPlane === true,
    sinceMs: nowMs,
    held: false,
  };
  return { ...ledger, slots: [...ledger.slots, slot] };
}

/** Counts change with every look: only another kind of reason is worth a signal. */
function isNews(request: SlotRequest, reasons: readonly WaitReason[]): boolean {
  const kindsOf = (list: readonly WaitReason[]) => list.map(({ kind }) => kind).join(' ');
  return kindsOf(request.reasons) !== kindsOf(reasons);
}
