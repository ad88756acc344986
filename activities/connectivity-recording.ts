/** Writes what changed to the nodes: the condition `AgentConnectivity` and an Event, a few nodes at a time. */

import { log } from '@temporalio/activity';

import type { NodeConnectivityChange, NodeConnectivityOutcome } from '../contracts/connectivity-activities.ts';
import { AGENT_CONNECTIVITY_CONDITION } from '../contracts/watch-connectivity.ts';
import { clusterFailure } from '../kubernetes/cluster-error.ts';
import type { ConnectivityActivityDeps } from './connectivity-deps.ts';

type Deps = Pick<ConnectivityActivityDeps, 'conditions' | 'events' | 'onEventDropped'>;

const NODES_AT_ONCE = 5;

/** Outcomes in the order of the changes. Throws where the API server could not be asked: a retry writes nothing twice. */
export async function recordNodeConnectivity(
  deps: Deps,
  changes: readonly NodeConnectivityChange[],
): Promise<NodeConnectivityOutcome[]> {
  const outcomes: NodeConnectivityOutcome[] = [];
  for (let from = 0; from < changes.length; from += NODES_AT_ONCE) {
    const some = changes.slice(from, from + NODES_AT_ONCE);
    outcomes.push(...(await Promise.all(some.map((change) => recordOne(deps, change)))));
  }
  return outcomes;
}

async function recordOne(deps: Deps, change: NodeConnectivityChange): Promise<NodeConnectivityOutcome> {
  const { node, alarmed, reason, message, changedMs } = change;
  try {
    const result = await deps.conditions.write(node, {
      type: AGENT_CONNECTIVITY_CONDITION,
      status: alarmed ? 'False' : 'True',
      ...{ reason, message, changedMs },
    });
    if (result === 'node-gone' || result === 'node-replaced') return result;
  } catch (error) {
    const failure = clusterFailure(error);
    if (failure.kind === 'unreachable') throw error;
    log.warn('the condition of a node was refused', { node: node.name, problem: failure.message });
    return 'refused';
  }
  await recordEvent(deps, change);
  return 'written';
}

/** Wanted, but never worth the watch: a refused Event is logged and counted. */
async function recordEvent(deps: Deps, { node, alarmed, message, changedMs }: NodeConnectivityChange): Promise<void> {
  const reason = alarmed ? 'AgentConnectivityLost' : 'AgentConnectivityRestored';
  try {
    await deps.events.record({
      node,
      ...{ reason, message },
      type: alarmed ? 'Warning' : 'Normal',
      // The same in a later run of the watch and for each retry.
      key: `connectivity/${changedMs}`,
    });
  } catch (error) {
    const failure = clusterFailure(error);
    if (failure.kind === 'unreachable') throw error;
    deps.onEventDropped?.(reason);
    log.warn('an Event was refused and is left out', { node: node.name, reason, problem: failure.message });
  }
}
