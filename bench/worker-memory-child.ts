/** A worker whose activities answer from memory: `node worker-memory-child.ts ADDRESS CLUSTER CACHED_MAX`. */

import { Runtime } from '@temporalio/worker';
import { loadConfig } from '../config/load.ts';
import { loadTemporalProfile } from '../config/temporal-profile.ts';
import { installTemporalRuntime } from '../temporal/runtime.ts';
import { workflowBundle } from '../temporal/worker/workflow-bundle.ts';
import { createWorld } from '../tests/integration/heal-node/world.ts';
import { connectTo, silentLog } from '../tests/integration/runtime/temporal-server.ts';
import { createConnectivityWorld } from '../tests/integration/watch-connectivity/world.ts';
import { createWorkers } from '../worker/workers.ts';

const [address = '', cluster = '', cachedMax = ''] = process.argv.slice(2);
const config = loadConfig({ env: { VIGILANTE_CLUSTER: cluster } });
await installTemporalRuntime(config, silentLog);
const profile = loadTemporalProfile({ TEMPORAL_ADDRESS: address });
const connection = await connectTo(profile, { searchAttributes: true });
const world = createWorld(async () => Date.now());
const workers = await createWorkers({
  config: { ...config, worker: { ...config.worker, cachedWorkflowsMax: Number(cachedMax) } },
  connection,
  namespace: profile.namespace,
  activities: { ...world.activities, ...createConnectivityWorld(async () => Date.now()).activities },
  workflowBundle: await workflowBundle(Runtime.instance().logger),
});
// The world remembers what was asked of it, which is no memory of the worker's.
setInterval(() => world.events.splice(0), 1_000).unref();
process.once('disconnect', () => process.exit(0));
process.send?.('ready');
await workers.run(new AbortController().signal);
