/** What the starter does about one node: start its heal, signal a change to it, or nothing (H2). */

import { type NodeObservation, needsHealing, nodeFingerprint } from '../node/facts.ts';

/** A running heal, as Temporal's visibility knows it: some seconds late. */
export interface OpenHeal {
  /** `VigilanteState`; null where search attributes are off. */
  readonly state: string | null;
}

export interface NodeKnowledge {
  readonly observation: NodeObservation;
  readonly openHeal: OpenHeal | null;
  /** Fingerprint that this replica last signalled to the node's heal, or started it with. */
  readonly lastSignalled: string | null;
}

export interface NodeDecision {
  /** Harmless where a heal runs: such a start adds no event. */
  readonly start: boolean;
  readonly signal: boolean;
}

export function decideNode({ observation, openHeal, lastSignalled }: NodeKnowledge): NodeDecision {
  const isNews = nodeFingerprint(observation) !== lastSignalled;
  const startable = observation.kind === 'present' && needsHealing(observation.facts) && observation.facts.ready;
  if (openHeal === null) return { start: startable, signal: false };
  // A heal that makes attempts looks at its node by itself, so a replica that knows nothing yet need not signal that
  // all is well; one that waits, or has given up, must hear it.
  const knowsByItself = lastSignalled === null && startable && openHeal.state === 'healing';
  if (!isNews || knowsByItself) return { start: false, signal: false };
  // The heal may have ended since it was listed: then the start begins the next one.
  return { start: startable && lastSignalled !== null, signal: true };
}
