/** Lists the PodDisruptionBudgets of all namespaces. */

import type { ObjectSelector } from '../../domain/upgrade/object-selector.ts';
import type { BudgetFacts } from '../../domain/upgrade/preflight/budgets.ts';
import type { ClusterConnection } from '../client/connection.ts';
import type { ObjectMeta } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';

interface BudgetObject {
  readonly metadata?: ObjectMeta & { readonly generation?: number };
  readonly spec?: { readonly selector?: ObjectSelector | null };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly disruptionsAllowed?: number;
    readonly currentHealthy?: number;
    readonly expectedPods?: number;
  };
}

const BUDGETS = { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets', namespace: null } as const;

export async function listBudgets(cluster: ClusterConnection): Promise<readonly BudgetFacts[]> {
  const found: BudgetFacts[] = [];
  for await (const { items } of resourceOf(cluster, BUDGETS).pages()) found.push(...items.map(budgetFacts));
  return found;
}

function budgetFacts({ metadata, spec, status }: BudgetObject): BudgetFacts {
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    selector: spec?.selector ?? null,
    isObserved: status?.observedGeneration !== undefined && status.observedGeneration === metadata?.generation,
    allowed: status?.disruptionsAllowed ?? 0,
    healthy: status?.currentHealthy ?? 0,
    expected: status?.expectedPods ?? 0,
  };
}
