/** How the pods of a simulated node behave, and how the node says so. */

/** Behaviours without a parameter; `late:40s` has one. */
export const PLAIN_BEHAVIOURS = ['proving', 'flapping', 'no-sandbox', 'failing', 'pending'] as const;

export type Behaviour = (typeof PLAIN_BEHAVIOURS)[number] | `late:${number}s`;

const LATE = /^late:(\d{1,5})s$/;

export const BEHAVIOURS_ALLOWED = `${PLAIN_BEHAVIOURS.join(', ')} or late:<seconds>s`;

export function parseBehaviour(value: string): Behaviour | null {
  const plain = PLAIN_BEHAVIOURS.find((known) => known === value);
  if (plain !== undefined) return plain;
  const late = LATE.exec(value);
  return late === null ? null : `late:${Number(late[1])}s`;
}

/**
 * Label of the node that carries its behaviour. The API server copies this label from a node to each pod bound to it
 * (admission plugin PodTopologyLabels), and no other label. So kwok, which sees only the pod, knows the behaviour, and
 * its stages need no change while it runs.
 */
export const BEHAVIOUR_LABEL = 'topology.kubernetes.io/zone';

/** Followed by the second (since 1970) from which on new pods prove. */
export const LATE_PREFIX = 'late-until-';

/** The label's value for a node that appears now. */
export function behaviourLabel(behaviour: Behaviour, nowMs: number): string {
  const late = LATE.exec(behaviour);
  // Rounded up: a pod's creation time has whole seconds, rounded down.
  return late === null ? behaviour : `${LATE_PREFIX}${Math.ceil(nowMs / 1_000) + Number(late[1])}`;
}
