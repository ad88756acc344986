/** The connectivity activities: ask the collector, write to nodes, restart heals. Decisions are made by the workflow. */

import { ApplicationFailure, log } from '@temporalio/activity';

import type {
  ConnectivityActivities,
  RestartHealOfNodeInput,
  RestartHealOfNodeResult,
} from '../../contracts/connectivity/activities.ts';
import { AGENT_CONNECTIVITY_CONDITION } from '../../contracts/connectivity/watch-connectivity.ts';
import { NODES_ALARMED_MAX } from '../../domain/connectivity/node-alarms.ts';
import { FAILURES, type FailureType } from '../../domain/failures.ts';
import { askingCluster } from '../failures.ts';
import type { ConnectivityActivityDeps } from './deps.ts';
import { evaluateConnectivity } from './evaluation.ts';
import { recordNodeConnectivity } from './recording.ts';

export function createConnectivityActivities(deps: ConnectivityActivityDeps): ConnectivityActivities {
  return {
    evaluateConnectivity: (input) => evaluateConnectivity(deps, input),
    recordNodeConnectivity: ({ changes }) => askingCluster(() => recordNodeConnectivity(deps, changes)),
    restartHealOfNode: (input) => restartHealOfNode(deps, input),
    async findAlarmedNodes() {
      const condition = { type: AGENT_CONNECTIVITY_CONDITION, status: 'False' };
      const found = await askingCluster(() => deps.conditions.find(condition, NODES_ALARMED_MAX));
      return found.map(({ node, os, changedMs }) => ({ node, os, sinceMs: changedMs ?? Date.now() }));
    },
  };
}

/** A node that is switched off, or is another one by now, is not healed by an alarm (H14). */
async function restartHealOfNode(
  deps: ConnectivityActivityDeps,
  { node, reason }: RestartHealOfNodeInput,
): Promise<RestartHealOfNodeResult> {
  const seen = await askingCluster(() => deps.nodes.observe(node.name));
  if (seen.kind === 'gone' || seen.facts.uid !== node.uid || seen.facts.disabled || !seen.facts.windows) {
    log.info('the heal of a node whose agents alarmed is not restarted', { node: node.name, seen: seen.kind });
    return { kind: 'left-alone' };
  }
  try {
    await deps.restartHeal(node, reason);
  } catch (cause) {
    const message = `the heal of ${node.name} could not be restarted`;
    const type: FailureType = 'TemporalUnreachable';
    throw ApplicationFailure.create({
      message,
      type,
      nonRetryable: !FAILURES[type].retryable,
      ...(cause instanceof Error && { cause }),
    });
  }
  return { kind: 'restarted', windowMs: deps.healingWindowMs };
}
