/** A collector that answers what a test says: all fine, or one node whose agent is absent. */

import { createServer } from 'node:http';
import type { ConnectivityVerdict, Sent } from '../../contracts/connectivity/watch-connectivity.ts';

export interface ScriptedCollector {
  readonly url: string;
  /** From now on the agent of this node is absent; null: all report. */
  fail(node: { readonly name: string; readonly uid: string } | null): void;
  stop(): Promise<void>;
}

export async function startScriptedCollector(): Promise<ScriptedCollector> {
  let failing: { readonly name: string; readonly uid: string } | null = null;
  const server = createServer((_, answer) => {
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify(verdictOf(failing)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the collector has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    fail(node) {
      failing = node;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function verdictOf(node: { readonly name: string; readonly uid: string } | null): Sent<ConnectivityVerdict> {
  const atMs = Date.now();
  const absent = node === null ? 0 : 1;
  return {
    atMs,
    ok: node === null,
    counts: { expected: 1, reporting: 1 - absent, absent, outdated: 0, suppressed: 0, conflicting: 0 },
    failing:
      node === null
        ? []
        : [
            {
              agent: `agent-${node.name}`,
              namespace: 'netchecker',
              node: node.name,
              nodeUid: node.uid,
              os: 'linux',
              failure: 'absent',
              suppressedBy: null,
              sinceMs: atMs,
              detail: 'no report',
            },
          ],
    suppressed: [],
  };
}
