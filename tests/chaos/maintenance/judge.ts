/** Judges a run of maintenance by the audit log, and by what is so at its end. */

import type { NodeStep } from '../../../sandbox/machines/maintenance-audit.ts';
import type { JudgedInvariant } from '../finding-lines.ts';

export const MAINTENANCE_INVARIANTS = {
  budget: 'never are more nodes in work than the budget allows (M26)',
  order: 'marked, drained, acted upon, booted, given back: in this order and no other (M11, M13, M18)',
  acts: 'one act for each slot (M16)',
  deletes: 'no pod is deleted but those of acts (M13)',
  end: 'no node is cordoned by us at the end but those that are held, and these are told (M19, M21)',
} as const;
export type MaintenanceInvariant = keyof typeof MAINTENANCE_INVARIANTS;

export interface EndState {
  readonly name: string;
  readonly isCordoned: boolean;
  readonly isMarked: boolean;
  /** By the guard. */
  readonly isHeld: boolean;
  /** An Event on the node says so. */
  readonly isTold: boolean;
}

export interface MaintenanceFacts {
  readonly steps: readonly NodeStep[];
  readonly deletes: readonly string[];
  readonly budget: number;
  readonly end: readonly EndState[];
}

export type MaintenanceFinding = JudgedInvariant<MaintenanceInvariant>;

export function judgeMaintenance(facts: MaintenanceFacts): readonly MaintenanceFinding[] {
  const { steps, deletes, end } = facts;
  const works = worksIn(steps);
  return [
    { invariant: 'budget', checked: works.length, violations: overBudget(facts) },
    { invariant: 'order', checked: works.length, violations: works.flatMap(orderProblems) },
    {
      invariant: 'acts',
      checked: works.filter(({ did }) => did.includes('act')).length,
      violations: works.flatMap(({ node, did }) => {
        const acts = did.filter((step) => step === 'act').length;
        return acts > 1 ? [`${node} was acted upon ${acts} times within one slot`] : [];
      }),
    },
    { invariant: 'deletes', checked: deletes.length, violations: deletes.filter((pod) => !ACT_POD.test(pod)) },
    { invariant: 'end', checked: end.length, violations: end.flatMap(endProblems) },
  ];
}

const ACT_POD = /^vigilante-maintenance\/vigilante-act-/;

/** One slot of a node: what happened from its mark to the end of it. */
interface Work {
  readonly node: string;
  readonly did: NodeStep['step'][];
  isOver: boolean;
}

function worksIn(steps: readonly NodeStep[]): readonly Work[] {
  const works: Work[] = [];
  const open = new Map<string, Work>();
  for (const { node, step } of steps) {
    let work = open.get(node);
    if (step === 'mark-and-cordon' || step === 'mark' || work === undefined) {
      // A machine that boots late, after it was given back, belongs to no slot.
      if (work === undefined && step === 'boot') continue;
      work = { node, did: [], isOver: false };
      works.push(work);
      open.set(node, work);
    }
    work.did.push(step);
    if (step !== 'uncordon' && step !== 'unmark') continue;
    work.isOver = true;
    open.delete(node);
  }
  return works;
}

/** Of an act that failed the machine never boots; such machines are not among those of a run. */
const ORDER = /^(mark-and-cordon|mark)( evict| boot)*( act( boot)*)*( uncordon| unmark)?$/;
const UNPROVEN = / act( act)*( uncordon| unmark)$/;

function orderProblems({ node, did }: Work): readonly string[] {
  const text = did.join(' ');
  if (!ORDER.test(text)) return [`${node}: ${text}`];
  return UNPROVEN.test(text) ? [`${node} was given back before it booted: ${text}`] : [];
}

function overBudget({ steps, budget }: MaintenanceFacts): readonly string[] {
  const inWork = new Set<string>();
  const problems: string[] = [];
  for (const { node, step } of steps) {
    if (step === 'mark-and-cordon' || step === 'mark') inWork.add(node);
    if (step === 'uncordon' || step === 'unmark') inWork.delete(node);
    if (step.startsWith('mark') && inWork.size > budget) problems.push(`in work: ${[...inWork].join(', ')}`);
  }
  return problems;
}

function endProblems({ name, isCordoned, isMarked, isHeld, isTold }: EndState): readonly string[] {
  if (isMarked)
    return isHeld && isTold ? [] : [`${name} bears a mark${isHeld ? ', and nobody is told' : ' and is not held'}`];
  if (isHeld) return [`${name} is held without a mark`];
  return isCordoned ? [`${name} is cordoned without a mark`] : [];
}
