/** A worker that answers its activities from memory and reports each attempt to the process that forked it. */

import { activityInfo } from '@temporalio/activity';
import { Runtime } from '@temporalio/worker';
import { loadConfig } from '../config/load.ts';
import { loadTemporalProfile } from '../config/temporal-profile.ts';
import { installTemporalRuntime } from '../temporal/runtime.ts';
import { GuardedWorker } from '../temporal/worker/guarded-worker.ts';
import { workflowBundle } from '../temporal/worker/workflow-bundle.ts';
import { createWorld } from '../tests/integration/heal-node/world.ts';
import { connectTo, silentLog } from '../tests/integration/runtime/temporal-server.ts';
import { createConnectivityWorld } from '../tests/integration/watch-connectivity/world.ts';
import { createWorkers } from '../worker/workers.ts';
import { type Pace, paceWorkflows } from './paced-clock.ts';

export interface RecoveryChildOptions {
  readonly address: string;
  readonly cluster: string;
  /** Keys of the part `worker` of the configuration. */
  readonly settings: Readonly<Record<string, number>>;
  readonly pace: Pace;
}

/** Sent when the worker runs, then for each attempt. */
export type RecoveryChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'attempt'; readonly node: string; readonly attempt: number; readonly scheduledMs: number };

const options = JSON.parse(process.argv[2] ?? '') as RecoveryChildOptions;
let { pace } = options;
process.on('message', (message: Pace) => {
  pace = message;
});
process.once('disconnect', () => process.exit(0));

/** The worker of the product, with another clock. */
class PacedWorker extends GuardedWorker {
  protected static override async createWorkflowCreator(
    ...parts: Parameters<(typeof GuardedWorker)['createWorkflowCreator']>
  ) {
    return paceWorkflows(await super.createWorkflowCreator(...parts), () => pace);
  }
}

const config = loadConfig({ env: { VIGILANTE_CLUSTER: options.cluster } });
await installTemporalRuntime({ ...config, temporal: { ...config.temporal, metricsPort: 0 } }, silentLog);
const profile = loadTemporalProfile({ TEMPORAL_ADDRESS: options.address });
const connection = await connectTo(profile, { searchAttributes: true });
const world = createWorld(async () => Date.now());
const { attemptPod } = world.activities;
const workers = await createWorkers({
  config: { ...config, worker: { ...config.worker, ...options.settings } },
  connection,
  namespace: profile.namespace,
  activities: {
    ...world.activities,
    ...createConnectivityWorld(async () => Date.now()).activities,
    async attemptPod(input) {
      const { name: node } = input.node;
      send({ kind: 'attempt', node, attempt: input.attempt, scheduledMs: activityInfo().scheduledTimestampMs });
      return attemptPod(input);
    },
  },
  workflowBundle: await workflowBundle(Runtime.instance().logger),
  workflowWorker: PacedWorker,
});
// The world remembers what was asked of it, which is no memory of the worker's.
setInterval(() => world.events.splice(0), 1_000).unref();
send({ kind: 'ready' });
await workers.run(new AbortController().signal);

function send(message: RecoveryChildMessage): void {
  process.send?.(message);
}
