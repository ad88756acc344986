/** Check `budgets`: PodDisruptionBudgets that no drain can keep, against the pods of the nodes that will be drained. */

import type { Labels } from '../../label-selector.ts';
import { matchesObjectSelector, type ObjectSelector } from '../object-selector.ts';
import type { Finding } from './finding.ts';

export interface BudgetFacts {
  readonly namespace: string;
  readonly name: string;
  /** Null selects nothing. */
  readonly selector: ObjectSelector | null;
  readonly isObserved: boolean;
  readonly allowed: number;
  readonly healthy: number;
  readonly expected: number;
}

/** A pod that a drain would evict. */
export interface BudgetedPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
}

export function budgetFindings(budgets: readonly BudgetFacts[], pods: readonly BudgetedPod[]): readonly Finding[] {
  const byNamespace = Map.groupBy(budgets, ({ namespace }) => namespace);
  const touched = new Set<BudgetFacts>();
  const twice: Finding[] = [];
  for (const pod of pods) {
    const own = (byNamespace.get(pod.namespace) ?? []).filter((budget) => selects(budget, pod));
    for (const budget of own) touched.add(budget);
    if (own.length > 1) twice.push(twiceFinding(pod, own));
  }
  return [...[...touched].flatMap(budgetFinding), ...twice];
}

function selects({ selector }: BudgetFacts, { labels }: BudgetedPod): boolean {
  return selector !== null && matchesObjectSelector(selector, labels);
}

function budgetFinding({ namespace, name, isObserved, allowed, healthy, expected }: BudgetFacts): readonly Finding[] {
  const object = `${namespace}/${name}`;
  if (!isObserved) return [{ answer: 'block', object, detail: 'its status is not that of its newest version' }];
  if (allowed > 0) return [];
  if (healthy < expected) {
    return [{ answer: 'warn', object, detail: `allows no disruption now: ${healthy} of ${expected} pods are healthy` }];
  }
  return [{ answer: 'block', object, detail: `allows no disruption although all ${expected} pods are healthy` }];
}

function twiceFinding({ namespace, name }: BudgetedPod, budgets: readonly BudgetFacts[]): Finding {
  const names = budgets.map((budget) => budget.name).join(' and ');
  return {
    answer: 'block',
    object: `${namespace}/${name}`,
    detail: `the budgets ${names} select it, and the API server evicts no pod of two`,
  };
}
