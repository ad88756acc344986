/** `npm run fuzz:messages -- [--runs N] [--seed N]`: the long form of the property in `run.ts`. */

import { parseArgs } from 'node:util';
import { DefaultLogger } from '@temporalio/worker';
import { loadConfig } from '../../config/load.ts';
import { temporalClient } from '../../temporal/client.ts';
import { bundleWorkflows } from '../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../fixtures/quiet-runtime.ts';
import { connectTo, startTemporalServer } from '../integration/runtime/temporal-server.ts';
import { withWorkers } from '../integration/worker/running-workers.ts';
import { CLUSTER } from './message-world.ts';
import { runMessages } from './run.ts';

const RUNS = '200';

const { values } = parseArgs({ options: { runs: { type: 'string', default: RUNS }, seed: { type: 'string' } } });
const runs = Number(values.runs);
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('usage: npm run fuzz:messages -- [--runs N] [--seed N]\n');
  process.exit(2);
}
installQuietRuntime();
const server = await startTemporalServer();
try {
  const connection = await connectTo(server.profile, { searchAttributes: true });
  const parts = {
    config: loadConfig({ env: { VIGILANTE_CLUSTER: CLUSTER } }),
    connection,
    namespace: server.profile.namespace,
    workflowBundle: await bundleWorkflows(new DefaultLogger('ERROR')),
  };
  process.stdout.write(`seed ${seed}, ${runs} runs of each kind for each workflow\n`);
  const startedMs = performance.now();
  const counts = await withWorkers(parts, () =>
    runMessages(temporalClient(connection, server.profile.namespace), { runs, seed }),
  );
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  process.stdout.write(`${JSON.stringify({ ...counts, seconds })}: no task failed, no history beyond its bound\n`);
  await connection.close();
} finally {
  await server.stop();
}
process.exit(0);
