/** Asks about nodes that left the watch: one that lost its label looks there as if it were deleted. */

import type { NodeObservation } from '../../domain/node/facts.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { clusterFailure } from '../client/cluster-error.ts';
import { backoffMs, pause } from '../client/pause.ts';
import type { Nodes } from './nodes.ts';

export interface DeparturesOptions {
  readonly nodes: Nodes;
  readonly signal: AbortSignal;
  readonly pauseMaxMs: number;
  /** What the API server says of a node that left and did not come back. */
  readonly onAnswer: (name: NodeName, observation: NodeObservation) => void;
  readonly onError: (message: string) => void;
}

export interface Departures {
  /** Asks, one node after the other and as often as it takes. */
  add(name: NodeName): void;
  /** The watch brought the node back, and reported that itself. */
  cancel(name: NodeName): void;
}

export function createDepartures(options: DeparturesOptions): Departures {
  const { nodes, signal, pauseMaxMs, onAnswer, onError } = options;
  const waiting = new Set<NodeName>();
  let asking = false;

  async function askAll(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const [name] = waiting;
      if (name === undefined) break;
      try {
        const observation = await nodes.observe(name);
        failures = 0;
        // False where it was cancelled meanwhile.
        if (waiting.delete(name)) onAnswer(name, observation);
      } catch (error) {
        onError(`whether node ${name} is gone: ${clusterFailure(error).message}`);
        await pause(backoffMs({ failures: failures++, maxMs: pauseMaxMs }), signal);
      }
    }
    // In the same turn as the last look at the set: a name added later starts a new round.
    asking = false;
  }

  return {
    add(name) {
      waiting.add(name);
      if (asking) return;
      asking = true;
      askAll().catch((error: unknown) => onError(`nodes that left are not asked about: ${String(error)}`));
    },
    cancel: (name) => {
      waiting.delete(name);
    },
  };
}
