/** The maintenance of single nodes: started, asked, resolved. */

import { type Client, WorkflowFailedError } from '@temporalio/client';
import pMap from 'p-map';
import type {
  MaintainNodeInput,
  MaintainNodeResult,
  MaintenanceStatus,
  ResolveNodePayload,
} from '../../contracts/maintenance/maintain-node.ts';
import {
  MAINTAIN_NODE_WORKFLOW,
  maintainNodeIdPrefix,
  maintainNodeWorkflowId,
} from '../../contracts/maintenance/names.ts';
import { maintenanceStatus, nodeNews, resolveNode } from '../../contracts/maintenance/signals-and-queries.ts';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import { VIGILANTE_CLUSTER, VIGILANTE_NODE, VIGILANTE_RUN } from '../../contracts/search-attributes.ts';
import type { NodeOutcomeKind } from '../../domain/maintenance/outcome.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { answerOf, askStatus, isRunning, KEPT_RUNNING, type UpdateAnswer } from '../perpetual.ts';
import { inTime, nullWhereNotFound } from '../requests.ts';
import { startWithoutAttributes } from '../start-without-attributes.ts';

/** All of them throw when Temporal does not answer in time. */
export interface Maintenances {
  /** Finds it where it runs, and then changes nothing. */
  start(input: MaintainNodeInput): Promise<void>;
  state(node: NodeName): Promise<'running' | 'closed'>;
  /** Tells all that run, as far as Temporal's visibility knows them, to ask the guard again where they wait for it. */
  wakeAll(): Promise<void>;
  /** How the last one ended, as far as Temporal still knows; null while it runs. */
  outcome(node: NodeName): Promise<NodeOutcomeKind | null>;
  /** Null where none runs, or no maintainer answers. */
  status(node: NodeName): Promise<MaintenanceStatus | null>;
  /** Waits for the end, as long as it takes. Throws where the workflow failed or was terminated. */
  result(node: NodeName): Promise<MaintainNodeResult>;
  resolve(node: NodeName, payload: ResolveNodePayload): Promise<UpdateAnswer<unknown>>;
}

const UPDATE_TIMEOUT_MS = 10_000;
const PAGE_SIZE = 500;
const SIGNALS_AT_ONCE = 10;
const WAKE_TIMEOUT_MS = 120_000;

export function maintenancesOf(
  client: Client,
  { cluster, searchAttributes }: { readonly cluster: string; readonly searchAttributes: boolean },
): Maintenances {
  const idOf = (node: NodeName) => maintainNodeWorkflowId({ cluster, node });
  const handleOf = (node: NodeName) => client.workflow.getHandle(idOf(node));
  const state = async (node: NodeName) => ((await isRunning(client, idOf(node))) ? 'running' : 'closed');
  return {
    async start(input) {
      const { node, purpose, run } = input;
      const attributes = [
        { key: VIGILANTE_CLUSTER, value: cluster },
        { key: VIGILANTE_NODE, value: node.name },
        { key: VIGILANTE_RUN, value: run },
      ];
      const options = {
        workflowId: idOf(node.name),
        ...KEPT_RUNNING,
        taskQueue: maintenanceTaskQueue(cluster),
        args: [input],
        staticSummary: `${purpose} of ${node.name} (run ${run})`,
        ...(searchAttributes ? { typedSearchAttributes: attributes, memo: { run } } : {}),
      };
      await startWithoutAttributes(options, (given) =>
        inTime(client, () => client.workflow.start(MAINTAIN_NODE_WORKFLOW, given)),
      );
    },
    state,
    async wakeAll() {
      const query = `WorkflowType = '${MAINTAIN_NODE_WORKFLOW}' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${maintainNodeIdPrefix(cluster)}'`;
      const wake = ({ workflowId }: { readonly workflowId: string }) =>
        nullWhereNotFound(client.workflow.getHandle(workflowId).signal(nodeNews));
      const running = client.workflow.list({ query, pageSize: PAGE_SIZE });
      await inTime(client, () => pMap(running, wake, { concurrency: SIGNALS_AT_ONCE }), WAKE_TIMEOUT_MS);
    },
    async outcome(node) {
      if ((await state(node)) === 'running') return null;
      try {
        const result: unknown = await nullWhereNotFound(inTime(client, () => handleOf(node).result()));
        return (result as MaintainNodeResult | null)?.outcome ?? 'aborted';
      } catch (error) {
        if (error instanceof WorkflowFailedError) return 'aborted';
        throw error;
      }
    },
    async status(node) {
      const answer = await askStatus(client, idOf(node), maintenanceStatus);
      return answer.kind === 'status' ? answer.status : null;
    },
    result: async (node) => (await handleOf(node).result()) as MaintainNodeResult,
    async resolve(node, payload) {
      if ((await state(node)) !== 'running') return { kind: 'refused', message: `no maintenance of ${node} runs` };
      const update = () => handleOf(node).executeUpdate(resolveNode, { args: [payload] });
      return answerOf(inTime(client, update, UPDATE_TIMEOUT_MS));
    },
  };
}
