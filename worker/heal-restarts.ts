/** Restarts heals from within an activity, as `vigilante restart` does. */

import { type ConnectionLike } from '@temporalio/client';

import { healingPolicy } from '../config/policies/healing.ts';
import type { Config } from '../config/schema/config.ts';
import type { NodeRef } from '../contracts/healing/activities.ts';
import { restartHealing } from '../contracts/healing/signals-and-queries.ts';
import { HEAL_NODE_WORKFLOW } from '../contracts/names.ts';
import { healStartOptions } from '../runtime/heal-start.ts';
import { startWithoutAttributes } from '../runtime/start-without-attributes.ts';
import { temporalClient } from '../runtime/temporal-client.ts';
import { TEMPORAL_REQUEST_TIMEOUT_MS } from '../runtime/temporal-errors.ts';

/** The running heal begins anew; where none runs, one starts with the configured policy. */
export function createHealRestarts(
  connection: ConnectionLike,
  namespace: string,
  config: Config,
): (node: NodeRef, reason: string) => Promise<void> {
  const client = temporalClient(connection, namespace);
  const policy = healingPolicy(config);
  return async ({ name }, reason) => {
    const options = healStartOptions({ cluster: config.cluster, node: name, policy }, config.healing.annotation);
    await startWithoutAttributes(options, (given) =>
      client.withDeadline(Date.now() + TEMPORAL_REQUEST_TIMEOUT_MS, () =>
        client.workflow.signalWithStart(HEAL_NODE_WORKFLOW, {
          ...given,
          signal: restartHealing,
          signalArgs: [{ reason }],
        }),
      ),
    );
  };
}
