/** A real API server with the healing activities on it, for the tests of one file. */

import { afterAll, beforeAll } from '@jest/globals';

import { startApiServer, type TestApiServer } from './api-server.ts';
import { createHealingWorld, type HealingWorld } from './healing-world.ts';

const START_TIMEOUT_MS = 120_000;

/** To be called once, at the top of a file: starts both before its first test, and ends them after the last one. */
export function useHealingWorld(
  onStarted: (started: { readonly server: TestApiServer; readonly world: HealingWorld }) => void,
): void {
  let server: TestApiServer | undefined;
  let world: HealingWorld | undefined;
  beforeAll(async () => {
    server = await startApiServer();
    world = await createHealingWorld(server);
    onStarted({ server, world });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await world?.close();
    await server?.stop();
  });
}
