/** A real Temporal server for the tests of one file, and a quiet SDK. */

import { afterAll, beforeAll } from '@jest/globals';
import type { NativeConnection } from '@temporalio/worker';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { connectTo, startTemporalServer, type TemporalServer } from './temporal-server.ts';

/** Only within tests and hooks. */
export interface UsedTemporalServer {
  readonly server: TemporalServer;
  readonly connection: NativeConnection;
}

/** To be called once, at the top of a file: starts the server before its first test, and ends it after the last one. */
export function useTemporalServer(options: {
  readonly searchAttributes: boolean;
  /** Of `temporal server start-dev`. */
  readonly extraArgs?: readonly string[];
}): UsedTemporalServer {
  let server: TemporalServer | undefined;
  let connection: NativeConnection | undefined;
  beforeAll(async () => {
    installQuietRuntime();
    server = await startTemporalServer(undefined, options.extraArgs);
    connection = await connectTo(server.profile, options);
  });
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });
  return {
    get server() {
      return started(server);
    },
    get connection() {
      return started(connection);
    },
  };
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the Temporal server of this file has not been started');
  return part;
}
