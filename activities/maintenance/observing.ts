/** What a node is now: the API server's word, and that of its agents. */

import { ApplicationFailure } from '@temporalio/activity';

import type { ObserveNodeInput, ObserveNodeResult } from '../../contracts/maintenance/activities.ts';
import { FAILURES, type FailureType } from '../../domain/failures.ts';
import type { ActPhase, NodeFactsForMaintenance } from '../../domain/maintenance/facts.ts';
import type { NodeLoss } from '../../domain/maintenance/progress.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import type { MaintenanceActivityDeps } from './deps.ts';
import type { Executor } from './executor.ts';

export async function observeNode(
  deps: MaintenanceActivityDeps,
  { node, executor, phase, asksControlPlane = false }: ObserveNodeInput,
): Promise<ObserveNodeResult> {
  const found = executor === null ? null : executorOf(deps, executor, phase);
  const seen = await factsOf(deps, node, asksControlPlane);
  if (seen.kind !== 'present') return seen;
  const { drain, prove } = deps.settings;
  const rules = { drainDeadlineMs: drain.deadlineMs, actDeadlineMs: found?.deadlineMs ?? 0, ...prove };
  return { kind: 'present', facts: seen.facts, rules };
}

/** Throws where the configuration has no executor of that name, or it cannot do the phase (M55). */
export function executorOf(
  { executors }: Pick<MaintenanceActivityDeps, 'executors'>,
  name: string,
  phase: ActPhase,
): Executor {
  const executor = executors.get(name);
  if (executor === undefined) {
    throw unknownExecutor(`maintenance.executors has no ${name}; it has ${[...executors.keys()].join(', ')}`);
  }
  if (executor.phases.includes(phase)) return executor;
  throw unknownExecutor(`the executor ${name} cannot do the phase ${phase}, only ${executor.phases.join(', ')}`);
}

export async function factsOf(
  { nodes, reports, controlPlaneOf }: Pick<MaintenanceActivityDeps, 'nodes' | 'reports' | 'controlPlaneOf'>,
  node: NodeRef,
  asksControlPlane: boolean,
): Promise<NodeLoss | { readonly kind: 'present'; readonly facts: NodeFactsForMaintenance }> {
  const found = await nodes.find(node);
  if (found.kind !== 'present') return found;
  const { facts } = found.node;
  const { readyChangedMs, bootId } = facts;
  const known = { ...facts, ...(await reports({ ...node, readyChangedMs, bootId })) };
  if (!asksControlPlane) return { kind: 'present', facts: known };
  return { kind: 'present', facts: { ...known, controlPlane: await controlPlaneOf(node) } };
}

function unknownExecutor(message: string): ApplicationFailure {
  const type: FailureType = 'ExecutorUnknown';
  return ApplicationFailure.create({ message, type, nonRetryable: !FAILURES[type].retryable });
}
