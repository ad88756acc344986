/** How often the starter begins a heal because of a foreign mark: the first time at once, then more and more seldom. */

import type { NodeFacts } from '../../domain/node/facts.ts';
import type { NodeName, NodeUid } from '../../domain/node/identity.ts';
import { isForeignMark } from '../../domain/node/mark.ts';

const DAY_MS = 86_400_000;

interface Start {
  readonly uid: NodeUid;
  readonly count: number;
  readonly atMs: number;
}

export interface ForeignMarkStarts {
  /** True for a node without a foreign mark, and for one that no heal was started for of late. */
  allows(facts: NodeFacts): boolean;
  started(facts: NodeFacts): void;
  /** Forgets nodes whose last start is long ago. Called at each reconcile. */
  forget(): void;
}

/**
 * A heal takes a foreign mark back at once. Where it does not, because an older worker believes the mark, or where the
 * machine reports another boot all the time, heals would follow each other without end.
 *
 * @param options `pauseMs` lies between the first start and the second, twice as long before the third; a day at most
 */
export function createForeignMarkStarts(options: {
  readonly pauseMs: number;
  readonly nowMs: () => number;
}): ForeignMarkStarts {
  const { pauseMs, nowMs } = options;
  const starts = new Map<NodeName, Start>();
  const lastOf = ({ name, uid }: NodeFacts) => {
    const last = starts.get(name);
    return last?.uid === uid ? last : undefined;
  };
  return {
    allows(facts) {
      const last = isForeignMark(facts.mark) ? lastOf(facts) : undefined;
      if (last === undefined) return true;
      return nowMs() - last.atMs >= Math.min(DAY_MS, pauseMs * 2 ** (last.count - 1));
    },
    started(facts) {
      if (!isForeignMark(facts.mark)) return;
      starts.set(facts.name, { uid: facts.uid, count: (lastOf(facts)?.count ?? 0) + 1, atMs: nowMs() });
    },
    forget() {
      for (const [name, { atMs }] of starts) if (nowMs() - atMs >= 2 * DAY_MS) starts.delete(name);
    },
  };
}
