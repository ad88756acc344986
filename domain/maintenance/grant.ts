/** Whether a request gets its slot, or what it waits for (M25 to M31). */

import { breakerReason } from './breaker.ts';
import { type GroupTally, keepsQuorum, type Tally } from './budget.ts';
import type { Ledger, Slot, SlotRequest, WaitKind, WaitReason } from './slots.ts';
import { nodeIn, type Survey, type SurveyedNode } from './survey.ts';

/** Empty where the slot may be given, or the act begun. */
export function reasonsToWait(
  request: SlotRequest,
  { ledger, survey, nowMs }: { readonly ledger: Ledger; readonly survey: Survey; readonly nowMs: number },
): readonly WaitReason[] {
  const node = nodeIn(survey, request.node);
  const group = survey.groups.find(({ name }) => name === node?.group);
  if (node === null || group === undefined) return [reason('unknown', unknownNode(request, node))];
  const scene: Scene = { request, node, group, slots: slotsOfOthers(ledger, request), ledger, survey, nowMs };
  const checks = request.stage === 'act' ? ACT_CHECKS : [...ACT_CHECKS, ...TAKE_CHECKS];
  return checks.map((check) => check(scene)).filter((found) => found !== null);
}

interface Scene {
  readonly request: SlotRequest;
  readonly node: SurveyedNode;
  readonly group: GroupTally;
  /** Of other nodes. */
  readonly slots: readonly Slot[];
  readonly ledger: Ledger;
  readonly survey: Survey;
  readonly nowMs: number;
}

type CheckOf = (scene: Scene) => WaitReason | null;

const isPaused: CheckOf = ({ ledger: { pause }, nowMs }) => {
  if (pause === null || pause.untilMs <= nowMs) return null;
  const until = new Date(pause.untilMs).toISOString();
  return reason('paused', `paused by ${pause.by} until ${until}: ${pause.reason}`);
};

const isBroken: CheckOf = ({ ledger }) => {
  const why = breakerReason(ledger.breaker);
  return why === null ? null : reason('breaker', `the breaker is open: ${why}`);
};

const groupBudget: CheckOf = ({ node, group, slots }) => {
  const used = slots.filter((slot) => slot.group === group.name).length;
  return hasRoom(group, node, used)
    ? null
    : reason('group-budget', `the budget of ${group.name} is used up: ${used} in work, ${counts(group)}`);
};

const clusterBudget: CheckOf = ({ node, survey, slots }) =>
  hasRoom(survey.cluster, node, slots.length)
    ? null
    : reason(
        'cluster-budget',
        `the budget of the cluster is used up: ${slots.length} in work, ${counts(survey.cluster)}`,
      );

/** One at a time, with all others up, and a majority without it (M27). */
const controlPlane: CheckOf = ({ node, slots, survey }) => {
  if (!node.controlPlane) return null;
  const inWork = slots.filter((slot) => slot.controlPlane).length;
  const { count } = survey.controlPlane;
  const down = survey.controlPlane.down - Number(node.down);
  const up = count - down - inWork;
  if (inWork + down > 0) return reason('control-plane', `${up} of ${count} control-plane nodes are up: all must be`);
  return keepsQuorum(count, up)
    ? null
    : reason('control-plane', `${count} control-plane nodes have no majority without one`);
};

const ACT_CHECKS: readonly CheckOf[] = [isPaused, isBroken, groupBudget, clusterBudget, controlPlane];

const gate: CheckOf = ({ node }) => {
  if (node.gate === null) return reason('gate', 'the gates were not looked at yet');
  return node.gate.isOpen ? null : reason('gate', node.gate.reasons.join('; '));
};

/** Nodes without a zone are of one zone. */
const zone: CheckOf = ({ node, group, slots, survey }) => {
  if (!survey.rules.oneZoneAtATime) return null;
  const other = slots.find((slot) => slot.group === group.name && slot.zone !== node.zone);
  return other === undefined ? null : reason('zone', `${other.node.name} of zone ${other.zone ?? '(none)'} is in work`);
};

const ignored: CheckOf = ({ node }) =>
  node.ignored === null ? null : reason('ignored', `the budget ignores it: ${node.ignored}`);

const lastNode: CheckOf = ({ request, node, group, survey, slots }) => {
  if (!request.drains || survey.rules.lastNode === 'accept') return null;
  // A slot that was given since the look has not taken its node out of the count.
  const given = slots.filter((slot) => slot.group === group.name && nodeIn(survey, slot.node)?.schedulable === true);
  const left = group.schedulable - given.length - Number(node.schedulable);
  return left >= 1 ? null : reason('last-node', `it is the last node of ${group.name} that takes pods`);
};

const notReady: CheckOf = ({ node }) => (node.ready ? null : reason('not-ready', 'the node is not Ready'));

const TAKE_CHECKS: readonly CheckOf[] = [gate, zone, ignored, lastNode, notReady];

/** With the one that asks, which may be down itself: cordoned by others. */
function hasRoom({ max, down }: Tally, node: SurveyedNode, inWork: number): boolean {
  return inWork + down - Number(node.down) + 1 <= max;
}

function counts({ max, down, denominator }: Tally): string {
  return `${down} down otherwise, at most ${max} of ${denominator}`;
}

function slotsOfOthers({ slots }: Ledger, { node }: SlotRequest): readonly Slot[] {
  return slots.filter((slot) => slot.node.name !== node.name || slot.node.uid !== node.uid);
}

function unknownNode({ node: { name } }: SlotRequest, found: SurveyedNode | null): string {
  return found === null ? `no node ${name} of that uid was seen` : `${name} is in no group of the budget`;
}

function reason(kind: WaitKind, detail: string): WaitReason {
  return { kind, detail };
}
