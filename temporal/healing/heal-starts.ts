/** Starts heals: plainly, or together with the signal that restarts a running one. */

import type { Client } from '@temporalio/client';
import type { HealingPolicy, HealNodeInput } from '../../contracts/healing/heal-node.ts';
import { HEAL_NODE_WORKFLOW } from '../../contracts/healing/names.ts';
import { parseHealNodeInput } from '../../contracts/healing/parser.ts';
import { restartHealing } from '../../contracts/healing/signals-and-queries.ts';
import { readPayload } from '../../contracts/payload.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { inTime } from '../requests.ts';
import { startWithoutAttributes } from '../start-without-attributes.ts';
import type { HealRecord } from './heal-record.ts';
import { healStartOptions } from './start.ts';

/** All of them throw when Temporal does not answer in time. */
export interface HealStarts {
  /** Adds no event where a heal is running. */
  start(node: NodeName, policy: HealingPolicy): Promise<void>;
  /** Signals the running heal; starts one with the signal where none runs. */
  restart(node: NodeName, options: { policy: HealingPolicy; reason: string | null }): Promise<void>;
  /** The policy that a heal was started with; null where its input is that of another version. */
  policyOf(heal: HealRecord): Promise<HealingPolicy | null>;
}

export interface HealStartsOptions {
  readonly cluster: string;
  /** The healed annotation, for the static details only. */
  readonly annotation: string;
}

export function healStartsOf(client: Client, { cluster, annotation }: HealStartsOptions): HealStarts {
  const optionsOf = (node: NodeName, policy: HealingPolicy) => healStartOptions({ cluster, node, policy }, annotation);
  return {
    async start(node, policy) {
      await startWithoutAttributes(optionsOf(node, policy), (given) =>
        inTime(client, () => client.workflow.start(HEAL_NODE_WORKFLOW, given)),
      );
    },
    async restart(node, { policy, reason }) {
      const signalArgs: [{ reason?: string }] = [reason === null ? {} : { reason }];
      await startWithoutAttributes(optionsOf(node, policy), (given) =>
        inTime(client, () =>
          client.workflow.signalWithStart(HEAL_NODE_WORKFLOW, { ...given, signal: restartHealing, signalArgs }),
        ),
      );
    },
    policyOf: async (heal) => (await inTime(client, () => inputOf(client, heal)))?.policy ?? null,
  };
}

/** From the first event of its history; null where the input is that of another version. */
async function inputOf(client: Client, heal: HealRecord): Promise<HealNodeInput | null> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: heal.workflowId, runId: heal.runId },
    maximumPageSize: 1,
  });
  const payload = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  if (payload === undefined) return null;
  const parsed = parseHealNodeInput(readPayload(payload));
  return parsed.ok ? parsed.value : null;
}
