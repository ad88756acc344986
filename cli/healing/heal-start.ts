/** Starts heals: plainly, or together with the signal that restarts a running one. */

import type { Client } from '@temporalio/client';
import { healingPolicy } from '../../config/policies/healing.ts';
import type { Config } from '../../config/schema/config.ts';
import type { HealingPolicy, HealNodeInput } from '../../contracts/healing/heal-node.ts';
import { parseHealNodeInput } from '../../contracts/healing/parser.ts';
import { restartHealing } from '../../contracts/healing/signals-and-queries.ts';
import { HEAL_NODE_WORKFLOW } from '../../contracts/names.ts';
import { readPayload } from '../../contracts/payload.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { healStartOptions } from '../../runtime/heal-start.ts';
import { startWithoutAttributes } from '../../runtime/start-without-attributes.ts';
import { TEMPORAL_REQUEST_TIMEOUT_MS } from '../../runtime/temporal-errors.ts';
import type { HealRecord } from './heal-record.ts';

export interface HealStarter {
  /** Adds no event where a heal is running. */
  start(node: NodeName, policy: HealingPolicy): Promise<void>;
  /** Signals the running heal; starts one with the signal where none runs. */
  restart(node: NodeName, options: { policy: HealingPolicy; reason: string | null }): Promise<void>;
  /**
   * The policy of the node's last heal, because the configuration of whoever runs the command is seldom that of the
   * cluster; the configured one where there was no heal.
   */
  lastPolicy(last: HealRecord | null): Promise<HealingPolicy>;
}

export function healStarterOf(client: Client, config: Config): HealStarter {
  const inTime = <T>(run: () => Promise<T>) => client.withDeadline(Date.now() + TEMPORAL_REQUEST_TIMEOUT_MS, run);
  const startOptions = (node: NodeName, policy: HealingPolicy) =>
    healStartOptions({ cluster: config.cluster, node, policy }, config.healing.annotation);
  return {
    async start(node, policy) {
      const options = startOptions(node, policy);
      await startWithoutAttributes(options, (given) => inTime(() => client.workflow.start(HEAL_NODE_WORKFLOW, given)));
    },
    async restart(node, { policy, reason }) {
      const payload = reason === null ? {} : { reason };
      await startWithoutAttributes(startOptions(node, policy), (given) =>
        inTime(() =>
          client.workflow.signalWithStart(HEAL_NODE_WORKFLOW, {
            ...given,
            signal: restartHealing,
            signalArgs: [payload],
          }),
        ),
      );
    },
    async lastPolicy(last) {
      const input = last === null ? null : await inTime(() => inputOf(client, last));
      return input?.policy ?? healingPolicy(config);
    },
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
