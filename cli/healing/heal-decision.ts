/** What `vigilante heal` and `restart` do for a node: decided from the node and from its last heal. */

import type { NodeObservation } from '../../domain/node/facts.ts';
import { describeStanding, isForeignMark } from '../../domain/node/mark.ts';
import { type HealRecord, stateOf } from '../../temporal/healing/heal-record.ts';

export type HealStep =
  /** A heal is under way: nothing is sent. */
  | { readonly kind: 'attach'; readonly message: string }
  /** Signal `restartHealing`, which starts a heal where none runs; it sets the annotation to false first (H13). */
  | { readonly kind: 'restart'; readonly message: string }
  | { readonly kind: 'start'; readonly message: string };

export type HealDecision =
  | { readonly kind: 'refuse'; readonly reason: string }
  | {
      readonly kind: 'go';
      /** Remove the annotation `vigilante-healing` first (H14). */
      readonly enable: boolean;
      readonly step: HealStep;
      /** What else the person should know. */
      readonly notes: readonly string[];
    };

export interface HealRequest {
  readonly node: string;
  /** `restart` begins again even while the heal is well under way. */
  readonly command: 'heal' | 'restart';
  readonly observation: NodeObservation;
  /** The running heal, else the last one; null where there was none. */
  readonly heal: HealRecord | null;
}

export function healDecision(request: HealRequest): HealDecision {
  const { node, observation } = request;
  if (observation.kind === 'gone') return { kind: 'refuse', reason: `the cluster has no node ${node}` };
  const { facts } = observation;
  if (!facts.windows) {
    return {
      kind: 'refuse',
      reason: `node ${node} is not a Windows node (label kubernetes.io/os), or healing.nodes leaves it out, or it is a virtual node: it needs no healing`,
    };
  }
  const notes = [
    ...(facts.disabled ? [`node ${node} was switched off: its annotation vigilante-healing is removed`] : []),
    ...(isForeignMark(facts.mark) ? [`node ${node} is marked as healed, but ${describeStanding(facts.mark)}`] : []),
    ...(facts.ready ? [] : [`node ${node} is not Ready: the window starts when it is`]),
  ];
  return { kind: 'go', enable: facts.disabled, step: healStep(request, facts), notes };
}

function healStep({ node, command, heal }: HealRequest, facts: { healed: boolean; disabled: boolean }): HealStep {
  const running = heal !== null && heal.execution === 'running' ? heal : null;
  if (command === 'restart') {
    const message =
      running === null ? `no heal of ${node} was running: started a new one` : `restarted the heal of ${node}`;
    return { kind: 'restart', message };
  }
  if (running === null) {
    if (facts.healed) return { kind: 'restart', message: `node ${node} was marked as healed: healing it again` };
    return { kind: 'start', message: `started the heal of ${node}` };
  }
  const state = stateOf(running);
  if (state === 'stalled' || state === 'unproven') {
    return { kind: 'restart', message: `the heal of ${node} was ${state}: restarted it` };
  }
  // Until a moment ago the node was switched off or marked: a heal that runs nevertheless is about to end.
  if (facts.disabled || facts.healed) return { kind: 'restart', message: `restarted the heal of ${node}` };
  return { kind: 'attach', message: `node ${node} is already healing (${state})` };
}
