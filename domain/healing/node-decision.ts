/** What the starter does about one node: start its heal, signal a change to it, or nothing (H2). */

import { type NodeFacts, type NodeObservation, needsHealing, nodeFingerprint } from '../node/facts.ts';

/** A running heal, as Temporal's visibility knows it: some seconds late. */
export interface OpenHeal {
  /** `VigilanteState`; null where search attributes are off. */
  readonly state: string | null;
  /** Whether it may be told of a hint: not `healNode`; missing: not known yet. */
  readonly takesHints?: boolean;
}

export interface NodeKnowledge {
  readonly observation: NodeObservation;
  readonly openHeal: OpenHeal | null;
  /** What this replica last signalled to the node's heal, or started it with: see `newsKey`. */
  readonly lastSignalled: string | null;
  /** Marked nodes are watched for ever, so a watch that is missing is begun (E22); default false. */
  readonly watchesAlways?: boolean;
}

export interface NodeDecision {
  /** Harmless where a heal runs: such a start adds no event. */
  readonly start: boolean;
  readonly signal: boolean;
}

const HINT_MARK = ' hint=';

/** Equal for two observations of which a heal need not hear the second. A hint counts for heals that take one (E21). */
export function newsKey(observation: NodeObservation, takesHints: boolean): string {
  const fingerprint = nodeFingerprint(observation);
  const hint = takesHints && observation.kind === 'present' ? observation.facts.hint : undefined;
  return hint === undefined ? fingerprint : `${fingerprint}${HINT_MARK}${hint}`;
}

/** A node whose mark was proven for this machine; that of others is left alone (E26). */
export function isToWatch(facts: NodeFacts): boolean {
  return facts.windows && facts.healed && !facts.disabled && facts.mark === 'proven';
}

function isReadyToWatch(observation: NodeObservation): boolean {
  if (observation.kind === 'gone') return false;
  const { facts } = observation;
  return facts.ready && isToWatch(facts);
}

export function decideNode({ observation, openHeal, lastSignalled, watchesAlways }: NodeKnowledge): NodeDecision {
  const isNews = newsKey(observation, openHeal?.takesHints === true) !== lastSignalled;
  const startable = observation.kind === 'present' && needsHealing(observation.facts) && observation.facts.ready;
  const isWatchable = isReadyToWatch(observation);
  if (openHeal === null) return { start: startable || (watchesAlways === true && isWatchable), signal: false };
  // A heal that makes attempts looks at its node by itself, so a replica that knows nothing yet need not signal that
  // all is well; one that waits, or has given up, must hear it.
  const isWell = (startable && openHeal.state === 'healing') || (isWatchable && openHeal.state === 'watching');
  const knowsByItself = lastSignalled === null && isWell;
  if (!isNews || knowsByItself) return { start: false, signal: false };
  const isHintOnly = lastSignalled?.split(HINT_MARK)[0] === nodeFingerprint(observation);
  // The heal may have ended since it was listed: then the start begins the next one.
  return { start: startable && lastSignalled !== null && !isHintOnly, signal: true };
}
