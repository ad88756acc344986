/** The running heals of a cluster: listed, asked, signalled and cancelled. */

import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import { healIdPrefix, onboardNodeWorkflowId, SNAT_PROFILE } from '../../contracts/healing/names.ts';
import { healingStatus, nodeChanged } from '../../contracts/healing/signals-and-queries.ts';
import { VIGILANTE_STATE } from '../../contracts/search-attributes.ts';
import type { OpenHeal } from '../../domain/healing/node-decision.ts';
import type { NodeObservation } from '../../domain/node/facts.ts';
import { type NodeName, parseNodeName } from '../../domain/node/identity.ts';
import { askWorkflow } from '../ask-workflow.ts';
import { inTime, isTaken, nullWhereNotFound } from '../requests.ts';
import { listHeals } from './list-heals.ts';

/** A cluster has fewer nodes; a list ends here whatever the server says. */
const OPEN_HEALS_MAX = 50_000;

export type HealAnswer =
  /** Closed, or never there. */
  { readonly kind: 'closed' } | { readonly kind: 'open'; readonly status: HealingStatus };

/** All of them throw when Temporal does not answer in time. */
export interface Heals {
  listOpen(): Promise<Map<NodeName, OpenHeal>>;
  /** Throws also where no worker answers. */
  ask(node: NodeName): Promise<HealAnswer>;
  /** Of the running heal, else as the last one ended; null where there was none. Throws also where no worker answers. */
  lastStatus(node: NodeName): Promise<HealingStatus | null>;
  /** False where no heal runs. */
  signalNodeChanged(node: NodeName, observation: NodeObservation): Promise<boolean>;
  /** False where no heal runs. */
  cancel(node: NodeName): Promise<boolean>;
}

export function healsOf(client: Client, cluster: string, profile: string = SNAT_PROFILE): Heals {
  const handleOf = (node: NodeName) => client.workflow.getHandle(onboardNodeWorkflowId({ cluster, node, profile }));
  const queryStatus = (node: NodeName) => inTime(client, () => askWorkflow(() => handleOf(node).query(healingStatus)));
  const isOpen = async (node: NodeName) =>
    (await nullWhereNotFound(inTime(client, () => handleOf(node).describe())))?.status.name === 'RUNNING';

  return {
    async listOpen() {
      const executions = await listHeals(client, { cluster, profile, running: true, countMax: OPEN_HEALS_MAX });
      const prefix = healIdPrefix({ cluster, profile });
      return new Map(executions.flatMap((execution) => openHealOf(execution, prefix)));
    },
    async ask(node) {
      if (!(await isOpen(node))) return { kind: 'closed' };
      return { kind: 'open', status: await queryStatus(node) };
    },
    lastStatus: (node) => nullWhereNotFound(queryStatus(node)),
    signalNodeChanged: (node, observation) =>
      isTaken(inTime(client, () => handleOf(node).signal(nodeChanged, nodeChangedPayload(observation)))),
    async cancel(node) {
      // The server accepts the cancellation of a closed workflow without a word.
      if (!(await isOpen(node))) return false;
      return isTaken(inTime(client, async () => void (await handleOf(node).cancel())));
    },
  };
}

/** The facts that every version of the worker knows: an older one ignores a signal that says more. */
export function nodeChangedPayload(observation: NodeObservation): NodeObservation {
  if (observation.kind === 'gone') return observation;
  const { name, uid, windows, ready, healed, disabled, readyChangedMs } = observation.facts;
  return { kind: 'present', facts: { name, uid, windows, ready, healed, disabled, readyChangedMs } };
}

function openHealOf(
  { workflowId, typedSearchAttributes }: WorkflowExecutionInfo,
  idPrefix: string,
): [NodeName, OpenHeal][] {
  const node = parseNodeName(workflowId.slice(idPrefix.length));
  return node === null ? [] : [[node, { state: typedSearchAttributes.get(VIGILANTE_STATE) ?? null }]];
}
