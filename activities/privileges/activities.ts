/** The activities of privileges: list, read, judge; Events about what is new. */

import { Context, log } from '@temporalio/activity';
import pMap from 'p-map';

import type {
  PrivilegesActivities,
  PrivilegesEvaluation,
  RecordPrivilegeDriftInput,
  RecordPrivilegeDriftResult,
} from '../../contracts/privileges/activities.ts';
import { cutText } from '../../domain/cut-text.ts';
import { describeDrift } from '../../domain/privileges/messages.ts';
import { driftKey, type PrivilegeRow, privilegesReport } from '../../domain/privileges/report.ts';
import { clusterFailure } from '../../kubernetes/client/cluster-error.ts';
import { askingCluster } from '../failures.ts';
import type { PrivilegesActivityDeps } from './deps.ts';
import { readProcesses } from './processes.ts';

const EVENTS_AT_ONCE = 5;
/** Bounds what goes into the history of the watch. */
const PROBLEM_LENGTH_MAX = 500;
const REASON = 'PrivilegeDrift';

export function createPrivilegesActivities(deps: PrivilegesActivityDeps): PrivilegesActivities {
  return {
    evaluatePrivileges: () => askingCluster(() => evaluatePrivileges(deps)),
    recordPrivilegeDrift: (input) => askingCluster(() => recordPrivilegeDrift(deps, input)),
  };
}

async function evaluatePrivileges(deps: PrivilegesActivityDeps): Promise<PrivilegesEvaluation> {
  const { intervalMs } = deps;
  const declared = deps.declared();
  if (declared.kind === 'refused') {
    deps.onUnavailable?.();
    return { kind: 'unavailable', message: cutText(declared.problem, PROBLEM_LENGTH_MAX), intervalMs };
  }
  const atMs = Date.now();
  // First the processes: a container that is made meanwhile then has none yet, and not those of another one.
  const processes = await readProcesses(deps.collector, Context.current().cancellationSignal);
  const containers = await deps.containers.list();
  const report = privilegesReport({
    atMs,
    containers,
    declarations: declared.declarations,
    processesOf: (id, node) => processes.of(id, node),
    problems: [...(declared.problem === null ? [] : [declared.problem]), ...processes.problems],
  });
  deps.onReport?.(report);
  return { kind: 'report', report, intervalMs };
}

/** Throws only where the API server could not be asked: a retry writes nothing twice. */
async function recordPrivilegeDrift(
  { events }: PrivilegesActivityDeps,
  { atMs, rows }: RecordPrivilegeDriftInput,
): Promise<RecordPrivilegeDriftResult> {
  const outcomes = await pMap(rows, (row) => recordOne(events, { row, atMs }), { concurrency: EVENTS_AT_ONCE });
  const problems = outcomes.filter((problem) => problem !== null);
  const [first] = problems;
  if (first === undefined) return { problem: null };
  const all = problems.length === 1 ? first : `${problems.length} Events, the first: ${first}`;
  return { problem: cutText(all, PROBLEM_LENGTH_MAX) };
}

async function recordOne(
  events: PrivilegesActivityDeps['events'],
  { row, atMs }: { readonly row: PrivilegeRow; readonly atMs: number },
): Promise<string | null> {
  const { namespace, worst } = row;
  if (worst === null || namespace === null) return null;
  const about = { ...worst.owner, namespace };
  try {
    await events.record({
      about,
      type: 'Warning',
      reason: REASON,
      message: describeDrift(row),
      key: `${atMs} ${driftKey(row)}`,
    });
    return null;
  } catch (error) {
    const failure = clusterFailure(error);
    if (failure.kind === 'unreachable') throw error;
    log.warn('an Event was refused and is left out', { object: about.name, reason: REASON, problem: failure.message });
    return failure.message;
  }
}
