/** Says which key of the configuration a refusal of a healing pod is about. */

interface Cause {
  readonly pattern: RegExp;
  readonly key: string;
}

/** Parts of the messages of LimitRange, ResourceQuota and the priority admission. */
const CAUSES: readonly Cause[] = [
  { pattern: /(minimum|maximum) \S+ usage per |max limit to request ratio per /, key: 'healing.pod.resources' },
  // A quota of pods alone is about nothing that the configuration sets.
  { pattern: /exceeded quota: \S+ requested: \S*(cpu|memory)|must specify /, key: 'healing.pod.resources' },
  { pattern: /no PriorityClass with name /, key: 'healing.pod.priorityClassName' },
];

/** The message as it is, with the key in front where it is known: the end of a message may be cut off. */
export function explainRefusal(message: string): string {
  const cause = CAUSES.find(({ pattern }) => pattern.test(message));
  return cause === undefined ? message : `${cause.key} may need another value: ${message}`;
}
