/** Shows on the node itself how its heal stands (E32), where `healing.condition` names a condition for it. */

import { log } from '@temporalio/activity';
import type { HealSteps } from '../../contracts/healing/activity-results.ts';
import { CONDITION_STATUS, type ConditionNews, conditionAfter } from '../../domain/healing/condition.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';
import { clusterFailure } from '../../kubernetes/client/cluster-error.ts';
import type { NodeConditions } from '../../kubernetes/nodes/conditions.ts';

export interface HealCondition {
  readonly type: string;
  readonly conditions: Pick<NodeConditions, 'update'>;
  /** Reason of the condition as the worker's informer has it; null without a condition, undefined where it is not known. */
  readonly knownReason: (node: NodeName) => string | null | undefined;
}

interface ConditionDeps {
  readonly condition?: HealCondition;
  readonly onStepRefused?: (step: keyof HealSteps) => void;
}

export interface Shown {
  readonly node: NodeRef;
  readonly news: ConditionNews;
  readonly message: string;
  /** For the metric of refusals. */
  readonly step: keyof HealSteps;
}

/** What attempts say again and again: for these the cache will do, which may lag behind a mark or a restart. */
const OF_ATTEMPTS = new Set<ConditionNews>(['judged', 'Snated', 'EchoUnreachable']);

/** Throws only where the API server could not be asked. A refused condition is logged and counted: it stops no heal. */
export async function showCondition(
  { condition, onStepRefused }: ConditionDeps,
  { node, news, message, step }: Shown,
): Promise<void> {
  if (condition === undefined) return;
  const known = condition.knownReason(node.name);
  if (known !== undefined && OF_ATTEMPTS.has(news) && conditionAfter(known, news) === null) return;
  try {
    await condition.conditions.update(node, condition.type, (before) => {
      const reason = conditionAfter(before, news);
      return reason === null ? null : { status: CONDITION_STATUS[reason], reason, message, changedMs: Date.now() };
    });
  } catch (error) {
    const failure = clusterFailure(error);
    if (failure.kind === 'unreachable') throw error;
    onStepRefused?.(step);
    log.warn('a condition was refused and is left out', { node: node.name, news, problem: failure.message });
  }
}
