/** The running heals of a cluster: listed, asked, signalled and cancelled. */

import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import {
  healIdPrefix,
  ONBOARD_NODE_WORKFLOW,
  onboardNodeWorkflowId,
  SNAT_PROFILE,
} from '../../contracts/healing/names.ts';
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
  /** False where no heal runs. A hint is sent to a heal that takes one. */
  signalNodeChanged(node: NodeName, observation: NodeObservation): Promise<boolean>;
  /** False where no heal runs. */
  cancel(node: NodeName): Promise<boolean>;
}

export function healsOf(client: Client, cluster: string, profile: string = SNAT_PROFILE): Heals {
  const handleOf = (node: NodeName) => client.workflow.getHandle(onboardNodeWorkflowId({ cluster, node, profile }));
  const queryStatus = (node: NodeName) => inTime(client, () => askWorkflow(() => handleOf(node).query(healingStatus)));
  const describe = (node: NodeName) => nullWhereNotFound(inTime(client, () => handleOf(node).describe()));
  const isOpen = async (node: NodeName) => (await describe(node))?.status.name === 'RUNNING';
  /** Null where the open heal of the node takes no hint. */
  const hintTaker = async (node: NodeName) => {
    const found = await describe(node);
    if (found?.status.name !== 'RUNNING' || found.type !== ONBOARD_NODE_WORKFLOW) return null;
    return client.workflow.getHandle(found.workflowId, found.runId);
  };

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
    async signalNodeChanged(node, observation) {
      const hint = observation.kind === 'present' ? observation.facts.hint : undefined;
      // Sent to the very run whose type is known: `healNode` ignores a signal that says more than it knows.
      const taker = hint === undefined ? null : await hintTaker(node);
      const handle = taker ?? handleOf(node);
      const payload = nodeChangedPayload(observation, taker === null ? undefined : hint);
      return isTaken(inTime(client, () => handle.signal(nodeChanged, payload)));
    },
    async cancel(node) {
      // The server accepts the cancellation of a closed workflow without a word.
      if (!(await isOpen(node))) return false;
      return isTaken(inTime(client, async () => void (await handleOf(node).cancel())));
    },
  };
}

/**
 * The facts that every version of the worker knows: an older one ignores a signal that says more.
 *
 * @param hint for a heal of the type `onboardNode` only
 */
export function nodeChangedPayload(observation: NodeObservation, hint?: string): NodeObservation {
  if (observation.kind === 'gone') return observation;
  const { name, uid, windows, ready, healed, disabled, readyChangedMs } = observation.facts;
  const known = { name, uid, windows, ready, healed, disabled, readyChangedMs };
  return { kind: 'present', facts: hint === undefined ? known : { ...known, hint } };
}

function openHealOf(
  { workflowId, type, typedSearchAttributes }: WorkflowExecutionInfo,
  idPrefix: string,
): [NodeName, OpenHeal][] {
  const node = parseNodeName(workflowId.slice(idPrefix.length));
  const state = typedSearchAttributes.get(VIGILANTE_STATE) ?? null;
  return node === null ? [] : [[node, { state, takesHints: type === ONBOARD_NODE_WORKFLOW }]];
}
