/** The facts of the nodes that the informer knows, and the listeners that hear of a change. */

import { UNSEEN_CHANGES_MAX } from '../../domain/healing/bounds.ts';
import type { NodeFacts, NodeObservation } from '../../domain/node/facts.ts';
import type { NodeName } from '../../domain/node/identity.ts';

export interface NodeChange {
  readonly name: NodeName;
  readonly observation: NodeObservation;
}

export type NodeListener = (change: NodeChange) => void;

export interface KnownNodes {
  /** Calls the listeners where the facts are new; a node that was made again has another uid, so they are. */
  set(facts: NodeFacts): void;
  /** Returns whether the node was known. Calls no listener: the API server has not been asked yet. */
  remove(name: NodeName): boolean;
  get(name: NodeName): NodeFacts | undefined;
  list(): NodeFacts[];
  /** Calls the listeners. */
  report(change: NodeChange): void;
  /** Returns what unsubscribes. */
  subscribe(listener: NodeListener): () => void;
}

/** A NotReady that the watch missed moves the time, too, so the first moves count. */
const MOVES_MAX = UNSEEN_CHANGES_MAX;

export function createKnownNodes(onError: (message: string) => void): KnownNodes {
  const known = new Map<NodeName, NodeFacts>();
  const listeners = new Set<NodeListener>();
  /** How often the time of the last change to Ready moved while the node stayed Ready. */
  const moves = new Map<NodeName, number>();

  /** Such a time is one that the kubelet writes with each heartbeat: after a few moves the last one is kept. */
  function steadied(before: NodeFacts | undefined, facts: NodeFacts): NodeFacts {
    if (before?.uid !== facts.uid || !before.ready || !facts.ready) {
      moves.delete(facts.name);
      return facts;
    }
    if (before.readyChangedMs === facts.readyChangedMs) return facts;
    const count = (moves.get(facts.name) ?? 0) + 1;
    if (count > MOVES_MAX) return { ...facts, readyChangedMs: before.readyChangedMs };
    moves.set(facts.name, count);
    return facts;
  }

  function report(change: NodeChange): void {
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
    set(read) {
      const before = known.get(read.name);
      const facts = steadied(before, read);
      known.set(facts.name, facts);
      if (before !== undefined && sameFacts(before, facts)) return;
      report({ name: facts.name, observation: { kind: 'present', facts } });
    },
    remove(name) {
      moves.delete(name);
      return known.delete(name);
    },
    get: (name) => known.get(name),
    list: () => [...known.values()],
    report,
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
    a.boot === b.boot &&
    a.hint === b.hint &&
    a.tainted === b.tainted
  );
}
