/** The heals as Temporal knows them: starts, signals, lists and asks them. */

import { type ConnectionLike, type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client';

import { healingPolicy } from '../../config/policies/healing.ts';
import type { Config } from '../../config/schema/config.ts';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import { healingStatus, nodeChanged } from '../../contracts/healing/signals-and-queries.ts';
import { HEAL_NODE_WORKFLOW, healNodeWorkflowId, healNodeWorkflowIdPrefix } from '../../contracts/names.ts';
import { VIGILANTE_STATE } from '../../contracts/search-attributes.ts';
import type { NodeObservation } from '../../domain/node/facts.ts';
import { type NodeName, parseNodeName } from '../../domain/node/identity.ts';
import { askWorkflow } from '../../runtime/ask-workflow.ts';
import { healStartOptions } from '../../runtime/heal-start.ts';
import { startWithoutAttributes } from '../../runtime/start-without-attributes.ts';
import { temporalClient } from '../../runtime/temporal-client.ts';
import { TEMPORAL_REQUEST_TIMEOUT_MS } from '../../runtime/temporal-errors.ts';
import type { OpenHeal } from './node-decision.ts';

const LIST_PAGE_SIZE = 500;
/** A cluster has fewer nodes; a list ends here whatever the server says. */
const OPEN_HEALS_MAX = 50_000;
const LIST_TIMEOUT_MS = 60_000;

export type HealAnswer =
  /** Closed, or never there. */
  { readonly kind: 'closed' } | { readonly kind: 'open'; readonly status: HealingStatus };

export interface Heals {
  /** Adds no event where the heal runs. */
  start(node: NodeName): Promise<void>;
  /** False where no heal runs. */
  tell(node: NodeName, observation: NodeObservation): Promise<boolean>;
  listOpen(): Promise<Map<NodeName, OpenHeal>>;
  /** Throws where no worker answers. */
  ask(node: NodeName): Promise<HealAnswer>;
}

/** All of them throw when Temporal does not answer in ten seconds. */
export function healsOf(connection: ConnectionLike, namespace: string, config: Config): Heals {
  const client = temporalClient(connection, namespace);
  const { cluster } = config;
  const handleOf = (node: NodeName) => client.workflow.getHandle(healNodeWorkflowId({ cluster, node }));
  const inTime = <T>(run: () => Promise<T>) => client.withDeadline(Date.now() + TEMPORAL_REQUEST_TIMEOUT_MS, run);

  return {
    async start(node) {
      const options = healStartOptions({ cluster, node, policy: healingPolicy(config) }, config.healing.annotation);
      await startWithoutAttributes(options, (given) => inTime(() => client.workflow.start(HEAL_NODE_WORKFLOW, given)));
    },
    tell: (node, observation) =>
      falseWhenClosed(inTime(() => handleOf(node).signal(nodeChanged, nodeChangedPayload(observation)))),
    async listOpen() {
      const query = openHealsQuery(cluster);
      const open = new Map<NodeName, OpenHeal>();
      await client.withDeadline(Date.now() + LIST_TIMEOUT_MS, async () => {
        for await (const execution of client.workflow.list({ query, pageSize: LIST_PAGE_SIZE })) {
          const node = nodeOf(execution, cluster);
          if (node !== null) open.set(node, openHealOf(execution));
          if (open.size >= OPEN_HEALS_MAX) break;
        }
      });
      return open;
    },
    async ask(node) {
      return inTime(async () => {
        const isOpen = await isRunning(handleOf(node).describe());
        if (!isOpen) return { kind: 'closed' };
        return { kind: 'open', status: await askWorkflow(() => handleOf(node).query(healingStatus)) };
      });
    },
  };
}

/** The facts that every version of the worker knows: an older one ignores a signal that says more. */
export function nodeChangedPayload(observation: NodeObservation): NodeObservation {
  if (observation.kind === 'gone') return observation;
  const { name, uid, windows, ready, healed, disabled, readyChangedMs } = observation.facts;
  return { kind: 'present', facts: { name, uid, windows, ready, healed, disabled, readyChangedMs } };
}

/** By the id, which needs no search attribute of ours. */
export function openHealsQuery(cluster: string): string {
  return `WorkflowType = '${HEAL_NODE_WORKFLOW}' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${healNodeWorkflowIdPrefix(cluster)}'`;
}

function nodeOf(execution: WorkflowExecutionInfo, cluster: string): NodeName | null {
  return parseNodeName(execution.workflowId.slice(healNodeWorkflowIdPrefix(cluster).length));
}

function openHealOf({ typedSearchAttributes }: WorkflowExecutionInfo): OpenHeal {
  return { state: typedSearchAttributes.get(VIGILANTE_STATE) ?? null };
}

async function isRunning(description: Promise<{ status: { name: string } }>): Promise<boolean> {
  try {
    return (await description).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function falseWhenClosed(signal: Promise<void>): Promise<boolean> {
  try {
    await signal;
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
