/** The heals of a cluster as people see them: with status, result and what they wait for, also those that have ended. */

import type { Client, WorkflowExecutionDescription, WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';
import pMap from 'p-map';
import type { HealingStatus, HealNodeResult } from '../../contracts/healing/heal-node.ts';
import { healIdPrefix, onboardNodeWorkflowId, SNAT_PROFILE } from '../../contracts/healing/names.ts';
import { healingStatus } from '../../contracts/healing/signals-and-queries.ts';
import { VIGILANTE_STATE } from '../../contracts/search-attributes.ts';
import { type NodeName, parseNodeName } from '../../domain/node/identity.ts';
import { askWorkflow } from '../ask-workflow.ts';
import { inTime, isNoAnswer, nullWhereNotFound } from '../requests.ts';
import type { HealExecution, HealRecord } from './heal-record.ts';
import { listHeals } from './list-heals.ts';
import { type PendingActivity, pendingActivityOf } from './pending-activity.ts';

/** Closed heals that `--all` reads, the newest first; older ones are left out. */
const CLOSED_HEALS_MAX = 1_000;
const OPEN_HEALS_MAX = 50_000;

/** A worker answers in milliseconds; without one the server waits for us to give up. */
const QUERY_TIMEOUT_MS = 3_000;
const QUERIES_AT_ONCE = 10;
/** After so many heals without an answer, and none with one, the others are not asked. */
const SILENT_QUERIES_MAX = 3;

type Execution = WorkflowExecutionInfo | WorkflowExecutionDescription;

/** Throws when Temporal does not answer in time. */
export interface HealRecords {
  /** Running heals; with `closed` also the last heal of each other node. */
  list(options: { closed: boolean }): Promise<HealRecord[]>;
  /** The running heal of a node, else its last one; null where there was none. Strongly consistent. */
  find(node: NodeName): Promise<HealRecord | null>;
}

export function healRecordsOf(client: Client, cluster: string, profile: string = SNAT_PROFILE): HealRecords {
  const idPrefix = healIdPrefix({ cluster, profile });
  return {
    async list({ closed }) {
      const open = await listHeals(client, { cluster, profile, running: true, countMax: OPEN_HEALS_MAX });
      const done = closed
        ? await listHeals(client, { cluster, profile, running: false, countMax: CLOSED_HEALS_MAX })
        : [];
      return askAll(client, newestOfEach([...open, ...done]), idPrefix);
    },
    async find(node) {
      const handle = client.workflow.getHandle(onboardNodeWorkflowId({ cluster, node, profile }));
      const description = await nullWhereNotFound(inTime(client, () => handle.describe()));
      if (description === null) return null;
      const [record] = await askAll(client, [description], idPrefix);
      return record ?? null;
    },
  };
}

/** One execution for each id: the running one, which comes first, else the one that started last. */
function newestOfEach(executions: readonly WorkflowExecutionInfo[]): WorkflowExecutionInfo[] {
  const newest = new Map<string, WorkflowExecutionInfo>();
  for (const execution of executions) {
    const known = newest.get(execution.workflowId);
    const isNewer = known === undefined || (!isRunning(known) && execution.startTime > known.startTime);
    if (isNewer) newest.set(execution.workflowId, execution);
  }
  return [...newest.values()];
}

/** Asks running heals for their status and completed ones for their result. */
async function askAll(client: Client, executions: readonly Execution[], idPrefix: string): Promise<HealRecord[]> {
  let silent = 0;
  const ask = async (execution: Execution): Promise<HealRecord> => {
    const { workflowId, runId } = execution;
    const node = parseNodeName(workflowId.slice(idPrefix.length));
    const handle = client.workflow.getHandle(workflowId, runId, { followRuns: false });
    let status: HealingStatus | null = null;
    if (isRunning(execution) && silent < SILENT_QUERIES_MAX) {
      status = await answerOrNull(client, () => askWorkflow(() => handle.query(healingStatus)));
      silent = status === null ? silent + 1 : Number.NEGATIVE_INFINITY;
    }
    const pending = isRunning(execution) ? await pendingOf(client, handle) : null;
    const result =
      execution.status.name === 'COMPLETED' ? parseResult(await inTime(client, () => handle.result())) : null;
    return {
      node: node ?? workflowId,
      workflowId,
      runId,
      status,
      pending,
      result,
      execution: executionOf(execution),
      startedMs: execution.startTime.getTime(),
      closedMs: execution.closeTime?.getTime() ?? null,
      stateAttribute: execution.typedSearchAttributes.get(VIGILANTE_STATE) ?? null,
    };
  };
  return pMap(executions, ask, { concurrency: QUERIES_AT_ONCE });
}

/** Null also for a heal that has ended meanwhile. */
async function pendingOf(client: Client, handle: WorkflowHandle): Promise<PendingActivity | null> {
  const description = await nullWhereNotFound(inTime(client, () => handle.describe()));
  return description === null ? null : pendingActivityOf(description);
}

/** Null for what a heal of another version might have returned. */
function parseResult(value: unknown): HealNodeResult | null {
  const isResult = typeof value === 'object' && value !== null && 'outcome' in value && 'attempts' in value;
  return isResult ? (value as HealNodeResult) : null;
}

/** Null where no worker answers. Other errors are passed on. */
async function answerOrNull(client: Client, ask: () => Promise<HealingStatus>): Promise<HealingStatus | null> {
  try {
    return await inTime(client, ask, QUERY_TIMEOUT_MS);
  } catch (error) {
    if (isNoAnswer(error)) return null;
    throw error;
  }
}

function isRunning(execution: Execution): boolean {
  return executionOf(execution) === 'running';
}

function executionOf({ status }: Execution): HealExecution {
  switch (status.name) {
    case 'COMPLETED':
      return 'completed';
    case 'CANCELLED':
      return 'cancelled';
    case 'FAILED':
      return 'failed';
    case 'TERMINATED':
      return 'terminated';
    case 'TIMED_OUT':
      return 'timed-out';
    default:
      return 'running';
  }
}
