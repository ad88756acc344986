/** Writes what changed to the nodes: the condition `AgentConnectivity` and an Event, a few nodes at a time. */

import { log } from '@temporalio/activity';
import pMap from 'p-map';

import type {
  NodeConnectivityChange,
  NodeConnectivityOutcome,
  RecordNodeConnectivityResult,
} from '../../contracts/connectivity/activities.ts';
import { AGENT_CONNECTIVITY_CONDITION } from '../../contracts/connectivity/watch-connectivity.ts';
import { clusterFailure } from '../../kubernetes/client/cluster-error.ts';
import type { NodeEvent } from '../../kubernetes/nodes/events.ts';
import { recordEvent } from '../events.ts';
import type { ConnectivityActivityDeps } from './deps.ts';

type Deps = Pick<ConnectivityActivityDeps, 'conditions' | 'events' | 'onConditionRefused' | 'onEventDropped'>;

const NODES_AT_ONCE = 5;
/** Bounds what goes into the history of the watch. */
const PROBLEM_LENGTH_MAX = 500;

interface Recorded {
  readonly outcome: NodeConnectivityOutcome;
  readonly problem: string | null;
}
/** The watch does not evaluate meanwhile. A webhook that takes 10 s for each write lets 15 nodes through in this time. */
const RECORDING_MAX_MS = 60_000;

const LEFT: Recorded = { outcome: 'refused', problem: 'the API server is slow: due again after the next evaluation' };

/**
 * Outcomes in the order of the changes; those that the time did not suffice for are due again after the next evaluation.
 * Throws where the API server could not be asked: a retry writes nothing twice.
 *
 * @param now monotonic time in milliseconds
 */
export async function recordNodeConnectivity(
  deps: Deps,
  changes: readonly NodeConnectivityChange[],
  now: () => number = () => performance.now(),
): Promise<RecordNodeConnectivityResult> {
  const untilMs = now() + RECORDING_MAX_MS;
  const recorded = await pMap(changes, (change) => (now() >= untilMs ? LEFT : recordOne(deps, change)), {
    concurrency: NODES_AT_ONCE,
  });
  const outcomes = recorded.map(({ outcome }) => outcome);
  const problems = recorded.map(({ problem }) => problem).filter((problem) => problem !== null);
  const [first] = problems;
  if (first === undefined) return { outcomes };
  const problem = problems.length === 1 ? first : `${problems.length} nodes, the first: ${first}`;
  return { outcomes, problem: problem.slice(0, PROBLEM_LENGTH_MAX) };
}

async function recordOne(deps: Deps, change: NodeConnectivityChange): Promise<Recorded> {
  const { node, alarmed, reason, message, changedMs } = change;
  try {
    const result = await deps.conditions.write(node, {
      type: AGENT_CONNECTIVITY_CONDITION,
      status: alarmed ? 'False' : 'True',
      reason,
      message,
      changedMs,
    });
    if (result === 'node-gone' || result === 'node-replaced') return { outcome: result, problem: null };
  } catch (error) {
    const failure = clusterFailure(error);
    if (failure.kind === 'unreachable') throw error;
    log.warn('the condition of a node was refused', { node: node.name, problem: failure.message });
    deps.onConditionRefused?.();
    return { outcome: 'refused', problem: failure.message };
  }
  return { outcome: 'written', problem: await recordEvent(deps, eventOf(change)) };
}

function eventOf({ node, alarmed, message, changedMs }: NodeConnectivityChange): NodeEvent {
  return {
    node,
    reason: alarmed ? 'AgentConnectivityLost' : 'AgentConnectivityRestored',
    message,
    type: alarmed ? 'Warning' : 'Normal',
    key: `connectivity/${changedMs}`,
  };
}
