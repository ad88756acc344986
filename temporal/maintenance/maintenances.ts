/** The maintenance of single nodes: started, asked, resolved. */

import {
  type Client,
  WorkflowFailedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type {
  MaintainNodeInput,
  MaintainNodeResult,
  MaintenanceStatus,
  ResolveNodePayload,
} from '../../contracts/maintenance/maintain-node.ts';
import { MAINTAIN_NODE_WORKFLOW, maintainNodeWorkflowId } from '../../contracts/maintenance/names.ts';
import { maintenanceStatus, resolveNode } from '../../contracts/maintenance/signals-and-queries.ts';
import { maintenanceTaskQueue } from '../../contracts/names.ts';
import { VIGILANTE_CLUSTER, VIGILANTE_NODE } from '../../contracts/search-attributes.ts';
import { messageOf } from '../../domain/error-message.ts';
import type { NodeOutcomeKind } from '../../domain/maintenance/outcome.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { askWorkflow } from '../ask-workflow.ts';
import { inTime, isNoAnswer, nullWhereNotFound } from '../requests.ts';
import { startWithoutAttributes } from '../start-without-attributes.ts';
import type { SteerAnswer } from './guard.ts';

/** All of them throw when Temporal does not answer in time. */
export interface Maintenances {
  /** Finds it where it runs, and then changes nothing. */
  start(input: MaintainNodeInput): Promise<void>;
  state(node: NodeName): Promise<'running' | 'closed'>;
  /** How the last one ended, as far as Temporal still knows; null while it runs. */
  outcome(node: NodeName): Promise<NodeOutcomeKind | null>;
  /** Null where none runs, or no maintainer answers. */
  status(node: NodeName): Promise<MaintenanceStatus | null>;
  /** Waits for the end, as long as it takes. Throws where the workflow failed or was terminated. */
  result(node: NodeName): Promise<MaintainNodeResult>;
  resolve(node: NodeName, payload: ResolveNodePayload): Promise<SteerAnswer>;
}

const QUERY_TIMEOUT_MS = 3_000;
const UPDATE_TIMEOUT_MS = 10_000;

export function maintenancesOf(
  client: Client,
  { cluster, searchAttributes }: { readonly cluster: string; readonly searchAttributes: boolean },
): Maintenances {
  const handleOf = (node: NodeName) => client.workflow.getHandle(maintainNodeWorkflowId({ cluster, node }));
  const state = async (node: NodeName) => {
    const found = await nullWhereNotFound(inTime(client, () => handleOf(node).describe()));
    return found?.status.name === 'RUNNING' ? 'running' : 'closed';
  };
  return {
    async start(input) {
      const { node, purpose, run } = input;
      const attributes = [
        { key: VIGILANTE_CLUSTER, value: cluster },
        { key: VIGILANTE_NODE, value: node.name },
      ];
      const options = {
        workflowId: maintainNodeWorkflowId({ cluster, node: node.name }),
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
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
      if ((await state(node)) !== 'running') return null;
      try {
        return await inTime(client, () => askWorkflow(() => handleOf(node).query(maintenanceStatus)), QUERY_TIMEOUT_MS);
      } catch (error) {
        if (!isNoAnswer(error)) throw error;
        return null;
      }
    },
    result: async (node) => (await handleOf(node).result()) as MaintainNodeResult,
    async resolve(node, payload) {
      if ((await state(node)) !== 'running') return { kind: 'refused', message: `no maintenance of ${node} runs` };
      try {
        const update = () => handleOf(node).executeUpdate(resolveNode, { args: [payload] });
        await inTime(client, update, UPDATE_TIMEOUT_MS);
        return { kind: 'taken' };
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError)
          return { kind: 'refused', message: messageOf(error.cause ?? error) };
        if (isNoAnswer(error)) return { kind: 'refused', message: 'no maintainer answers' };
        throw error;
      }
    },
  };
}
