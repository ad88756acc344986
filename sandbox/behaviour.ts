/** How the pods of a simulated node behave, and how the node says so. */

/** What comes of a pod that dials an echo, on a node where everything else looks right. */
export const DIALLING_BEHAVIOURS = ['lying', 'mute', 'forged'] as const;

/** Behaviours without a parameter; `late:40s` and `snat:40s` have one. */
export const PLAIN_BEHAVIOURS = [
  'proving',
  'flapping',
  'no-sandbox',
  'failing',
  'pending',
  ...DIALLING_BEHAVIOURS,
] as const;

export type Behaviour = (typeof PLAIN_BEHAVIOURS)[number] | `late:${number}s` | `snat:${number}s`;

const TIMED = /^(late|snat):(\d{1,5})s$/;

export const BEHAVIOURS_ALLOWED = `${PLAIN_BEHAVIOURS.join(', ')}, late:<seconds>s or snat:<seconds>s`;

export function parseBehaviour(value: string): Behaviour | null {
  const plain = PLAIN_BEHAVIOURS.find((known) => known === value);
  if (plain !== undefined) return plain;
  const timed = timedBehaviour(value);
  return timed === null ? null : `${timed.kind}:${timed.seconds}s`;
}

/**
 * Label of the node that carries its behaviour. The API server copies this label from a node to each pod bound to it
 * (admission plugin PodTopologyLabels), and no other label. So kwok, which sees only the pod, knows the behaviour, and
 * its stages need no change while it runs.
 */
export const BEHAVIOUR_LABEL = 'topology.kubernetes.io/zone';

/** Followed by the name of a zone. Pods of such a node prove, for the label is taken by the zone. */
export const ZONE_PREFIX = 'zone-';
/** Followed by the second (since 1970) from which on new pods prove. */
export const LATE_PREFIX = 'late-until-';
/** Followed by the second from which on new pods arrive with their own address. */
export const SNAT_PREFIX = 'snat-until-';

const PREFIXES = { late: LATE_PREFIX, snat: SNAT_PREFIX } as const;

/** The label's value for a node that appears now. */
export function behaviourLabel(behaviour: Behaviour, nowMs: number): string {
  const timed = timedBehaviour(behaviour);
  // Rounded up: a pod's creation time has whole seconds, rounded down.
  return timed === null ? behaviour : `${PREFIXES[timed.kind]}${Math.ceil(nowMs / 1_000) + timed.seconds}`;
}

function timedBehaviour(text: string): { readonly kind: 'late' | 'snat'; readonly seconds: number } | null {
  const [, kind, seconds] = TIMED.exec(text) ?? [];
  return kind === 'late' || kind === 'snat' ? { kind, seconds: Number(seconds) } : null;
}
