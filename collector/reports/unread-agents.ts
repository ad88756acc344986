/** What a store has given while it is being read: when each report was taken is known only when all are there. */

import { bytesOf, type KnownAgent } from './known-agent.ts';
import type { KnownAgents } from './record-changes.ts';

export interface UnreadAgents extends KnownAgents {
  list(): readonly KnownAgent[];
}

export function createUnreadAgents(): UnreadAgents {
  const agents = new Map<string, KnownAgent>();
  let bytes = 0;

  function forget(name: string): void {
    const agent = agents.get(name);
    if (agent === undefined) return;
    bytes -= bytesOf(agent);
    agents.delete(name);
  }

  return {
    get: (name) => agents.get(name),
    know(agent) {
      forget(agent.name);
      bytes += bytesOf(agent);
      agents.set(agent.name, agent);
    },
    forget,
    bytes: () => bytes,
    list: () => [...agents.values()],
  };
}
