/** The workers of the product, with activities that answer from memory, while a test looks at them. */

import { createWorkers, type WorkerParts } from '../../../worker/workers.ts';
import { createWorld } from '../heal-node/world.ts';
import { createConnectivityWorld } from '../watch-connectivity/world.ts';

/** Ends the workers in order when `body` has ended. */
export async function withWorkers<T>(parts: Omit<WorkerParts, 'activities'>, body: () => Promise<T>): Promise<T> {
  const workers = await createWorkers({
    ...parts,
    activities: {
      ...createWorld(async () => Date.now()).activities,
      ...createConnectivityWorld(async () => Date.now()).activities,
    },
  });
  const stopping = new AbortController();
  const running = workers.run(stopping.signal);
  try {
    return await body();
  } finally {
    stopping.abort();
    await running;
  }
}
