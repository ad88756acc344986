/** The heals of a cluster as Temporal knows them: finds, lists and asks them. */

import {
  type Client,
  QueryNotRegisteredError,
  QueryRejectedError,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { HealingStatus, HealNodeResult } from '../../contracts/healing/heal-node.ts';
import { healingStatus } from '../../contracts/healing/signals-and-queries.ts';
import { HEAL_NODE_WORKFLOW, healNodeWorkflowId, healNodeWorkflowIdPrefix } from '../../contracts/names.ts';
import { VIGILANTE_STATE } from '../../contracts/search-attributes.ts';
import { type NodeName, parseNodeName } from '../../domain/node/identity.ts';
import { askWorkflow } from '../../runtime/ask-workflow.ts';
import { TEMPORAL_REQUEST_TIMEOUT_MS } from '../../runtime/temporal-errors.ts';
import { mapBounded } from '../map-bounded.ts';
import { isSilence } from '../silence.ts';
import type { HealExecution, HealRecord } from './heal-record.ts';
import { type PendingActivity, pendingActivityOf } from './pending-activity.ts';

/** Closed heals that `--all` reads, the newest first; older ones are left out. */
const CLOSED_HEALS_MAX = 1_000;
const OPEN_HEALS_MAX = 50_000;
const PAGE_SIZE = 500;
const LIST_TIMEOUT_MS = 60_000;

/** A worker answers in milliseconds; without one the server waits for us to give up. */
const QUERY_TIMEOUT_MS = 3_000;
const QUERIES_AT_ONCE = 10;
/** After so many heals without an answer, and none with one, the others are not asked. */
const SILENT_QUERIES_MAX = 3;

type Execution = WorkflowExecutionInfo | WorkflowExecutionDescription;

export interface Heals {
  /** Running heals; with `closed` also the last heal of each other node. */
  list(options: { closed: boolean }): Promise<HealRecord[]>;
  /** The running heal of a node, else its last one; null where there was none. Strongly consistent. */
  find(node: NodeName): Promise<HealRecord | null>;
  /** False where no heal is running. */
  cancel(node: NodeName): Promise<boolean>;
}

export function healsOf(client: Client, cluster: string): Heals {
  const inTime = <T>(run: () => Promise<T>) => client.withDeadline(Date.now() + TEMPORAL_REQUEST_TIMEOUT_MS, run);
  const handleOf = (node: NodeName) => client.workflow.getHandle(healNodeWorkflowId({ cluster, node }));
  return {
    async list({ closed }) {
      const open = await listExecutions(client, { cluster, running: true });
      const done = closed ? await listExecutions(client, { cluster, running: false }) : [];
      return askAll(client, newestOfEach([...open, ...done]), cluster);
    },
    async find(node) {
      try {
        const description = await inTime(() => handleOf(node).describe());
        const [record] = await askAll(client, [description], cluster);
        return record ?? null;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    },
    async cancel(node) {
      try {
        // The server accepts the cancellation of a closed workflow without a word.
        const description = await inTime(() => handleOf(node).describe());
        if (!isRunning(description)) return false;
        await inTime(() => handleOf(node).cancel());
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  };
}

/** Newest first, as Temporal orders them. By the id, which needs no search attribute of ours. */
async function listExecutions(
  client: Client,
  of: { cluster: string; running: boolean },
): Promise<WorkflowExecutionInfo[]> {
  const status = of.running
    ? "ExecutionStatus = 'Running'"
    : "ExecutionStatus != 'Running' AND ExecutionStatus != 'ContinuedAsNew'";
  const query = `WorkflowType = '${HEAL_NODE_WORKFLOW}' AND ${status} AND WorkflowId STARTS_WITH '${healNodeWorkflowIdPrefix(of.cluster)}'`;
  const countMax = of.running ? OPEN_HEALS_MAX : CLOSED_HEALS_MAX;
  const found: WorkflowExecutionInfo[] = [];
  await client.withDeadline(Date.now() + LIST_TIMEOUT_MS, async () => {
    for await (const execution of client.workflow.list({ query, pageSize: PAGE_SIZE })) {
      found.push(execution);
      if (found.length >= countMax) break;
    }
  });
  return found;
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
async function askAll(client: Client, executions: readonly Execution[], cluster: string): Promise<HealRecord[]> {
  let silent = 0;
  return mapBounded(executions, QUERIES_AT_ONCE, async (execution) => {
    const { workflowId, runId } = execution;
    const node = parseNodeName(workflowId.slice(healNodeWorkflowIdPrefix(cluster).length));
    const handle = client.workflow.getHandle(workflowId, runId, { followRuns: false });
    let status: HealingStatus | null = null;
    if (isRunning(execution) && silent < SILENT_QUERIES_MAX) {
      status = await answerOrNull(() =>
        client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => askWorkflow(() => handle.query(healingStatus))),
      );
      silent = status === null ? silent + 1 : Number.NEGATIVE_INFINITY;
    }
    const pending = isRunning(execution) ? await pendingOf(client, handle) : null;
    const result = execution.status.name === 'COMPLETED' ? await resultOf(client, () => handle.result()) : null;
    return {
      ...{ node: node ?? workflowId, workflowId, runId, status, pending, result },
      execution: executionOf(execution),
      startedMs: execution.startTime.getTime(),
      closedMs: execution.closeTime?.getTime() ?? null,
      stateAttribute: execution.typedSearchAttributes.get(VIGILANTE_STATE) ?? null,
    };
  });
}

/** Null also for a heal that has ended meanwhile. */
async function pendingOf(client: Client, handle: WorkflowHandle): Promise<PendingActivity | null> {
  try {
    const deadlineMs = Date.now() + TEMPORAL_REQUEST_TIMEOUT_MS;
    return pendingActivityOf(await client.withDeadline(deadlineMs, () => handle.describe()));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function resultOf(client: Client, run: () => Promise<unknown>): Promise<HealNodeResult | null> {
  return parseResult(await client.withDeadline(Date.now() + TEMPORAL_REQUEST_TIMEOUT_MS, run));
}

/** Null for what a heal of another version might have returned. */
function parseResult(value: unknown): HealNodeResult | null {
  const isResult = typeof value === 'object' && value !== null && 'outcome' in value && 'attempts' in value;
  return isResult ? (value as HealNodeResult) : null;
}

/** Null where no worker answers, or where it does not know the question. Other errors are passed on. */
async function answerOrNull(ask: () => Promise<HealingStatus>): Promise<HealingStatus | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError) return null;
    if (error instanceof WorkflowNotFoundError || isSilence(error)) return null;
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
