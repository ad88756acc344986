/** Counts the relapses of late from the worker's informer, so that a storm takes few marks back at a time (E25). */

import type { RelapseBrake } from '../activities/healing/deps.ts';
import { mayRelapse, type StormRules } from '../domain/healing/relapse.ts';
import type { NodeFacts } from '../domain/node/facts.ts';
import type { NodeName } from '../domain/node/identity.ts';

/**
 * Each worker counts for itself: what another one takes back is seen as soon as its informer shows it. Its own are known
 * at once.
 */
export function createRelapseBrake(
  informer: { list(): readonly NodeFacts[]; health(): { readonly failuresInARow: number } },
  rules: StormRules,
): RelapseBrake {
  const own = new Map<NodeName, number>();
  return {
    admit(node, nowMs) {
      if (informer.health().failuresInARow > 0) {
        throw new Error('the relapses of the other nodes are not known while the nodes are not watched');
      }
      const isLate = (ms: number | undefined) => ms !== undefined && nowMs - ms <= rules.relapsesPerMs;
      for (const [name, ms] of own) if (!isLate(ms)) own.delete(name);
      const nodes = informer.list().filter(({ windows }) => windows);
      const late = new Set(nodes.filter(({ relapsedMs }) => isLate(relapsedMs)).map(({ name }) => name));
      for (const name of own.keys()) late.add(name);
      late.delete(node);
      if (!mayRelapse({ relapses: late.size, nodes: nodes.length }, rules)) return false;
      own.set(node, nowMs);
      return true;
    },
    release: (node) => void own.delete(node),
  };
}
