/** The facts of the nodes that the informer knows, and who is told when they change. */

import type { NodeFacts, NodeObservation } from '../domain/node-facts.ts';
import type { NodeName } from '../domain/node-identity.ts';

export interface NodeChange {
  readonly name: NodeName;
  readonly observation: NodeObservation;
}

export type NodeListener = (change: NodeChange) => void;

export interface KnownNodes {
  /** Tells the listeners if the facts are new; a recreated node has another uid, so it is. */
  set(facts: NodeFacts): void;
  /** Whether the node was known. Tells nobody: the API server has not been asked yet. */
  remove(name: NodeName): boolean;
  get(name: NodeName): NodeFacts | undefined;
  list(): NodeFacts[];
  tell(change: NodeChange): void;
  /** Returns what unsubscribes. */
  subscribe(listener: NodeListener): () => void;
}

export function createKnownNodes(onError: (message: string) => void): KnownNodes {
  const known = new Map<NodeName, NodeFacts>();
  const listeners = new Set<NodeListener>();

  function tell(change: NodeChange): void {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        // A listener's mistake must not end the watch for the others.
        onError(`a listener failed on node ${change.name}: ${String(error)}`);
      }
    }
  }

  return {
    set(facts) {
      const before = known.get(facts.name);
      known.set(facts.name, facts);
      if (before !== undefined && sameFacts(before, facts)) return;
      tell({ name: facts.name, observation: { kind: 'present', facts } });
    },
    remove: (name) => known.delete(name),
    get: (name) => known.get(name),
    list: () => [...known.values()],
    tell,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function sameFacts(a: NodeFacts, b: NodeFacts): boolean {
  return (
    a.uid === b.uid &&
    a.windows === b.windows &&
    a.ready === b.ready &&
    a.healed === b.healed &&
    a.disabled === b.disabled &&
    a.readyChangedMs === b.readyChangedMs &&
    a.mark === b.mark &&
    a.boot === b.boot
  );
}
