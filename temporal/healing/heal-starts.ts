/** Starts heals: plainly, or together with the signal that restarts a running one. */

import type { Client } from '@temporalio/client';
import type { HealPlan } from '../../contracts/healing/heal-plan.ts';
import { HEAL_NODE_WORKFLOW, ONBOARD_NODE_WORKFLOW } from '../../contracts/healing/names.ts';
import { parseOnboardNodeInput } from '../../contracts/healing/onboarding-parser.ts';
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
  start(node: NodeName, plan: HealPlan): Promise<void>;
  /** Signals the running heal; starts one with the signal where none runs. */
  restart(node: NodeName, options: { plan: HealPlan; reason: string | null }): Promise<void>;
  /** How a heal was started; null where its input is that of another version. */
  planOf(heal: HealRecord): Promise<HealPlan | null>;
}

export interface HealStartsOptions {
  readonly cluster: string;
  /** The healed annotation, for the static details only. */
  readonly annotation: string;
}

export function healStartsOf(client: Client, { cluster, annotation }: HealStartsOptions): HealStarts {
  const optionsOf = (node: NodeName, plan: HealPlan) => healStartOptions({ cluster, node }, plan, annotation);
  return {
    async start(node, plan) {
      await startWithoutAttributes(optionsOf(node, plan), (given) =>
        inTime(client, () => client.workflow.start(plan.workflow, given)),
      );
    },
    async restart(node, { plan, reason }) {
      const signalArgs: [{ reason?: string }] = [reason === null ? {} : { reason }];
      await startWithoutAttributes(optionsOf(node, plan), (given) =>
        inTime(client, () =>
          client.workflow.signalWithStart(plan.workflow, { ...given, signal: restartHealing, signalArgs }),
        ),
      );
    },
    planOf: (heal) => inTime(client, () => planOf(client, heal)),
  };
}

/** From the first event of its history; null where the input is that of another version. */
async function planOf(client: Client, heal: HealRecord): Promise<HealPlan | null> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: heal.workflowId, runId: heal.runId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const payload = started?.input?.payloads?.[0];
  if (payload === undefined) return null;
  const input = readPayload(payload);
  if (started?.workflowType?.name === ONBOARD_NODE_WORKFLOW) {
    const onboarding = parseOnboardNodeInput(input);
    if (!onboarding.ok) return null;
    const { profile, policy } = onboarding.value;
    return { workflow: ONBOARD_NODE_WORKFLOW, profile, policy };
  }
  const parsed = parseHealNodeInput(input);
  return parsed.ok ? { workflow: HEAL_NODE_WORKFLOW, policy: parsed.value.policy } : null;
}
