/** What a simulated machine does when the pod of an act runs on it, and how its node says so. */

export const PLAIN_MACHINE_BEHAVIOURS = [
  'reboots',
  'never-returns',
  'old-version',
  'lies',
  'fails-but-done',
  'flaps',
  'agent-silent',
  'sentinel-stays',
  'gone',
  'replaced',
] as const;

/** `returns-late:90s` takes so long to start, `acts-for:90s` is acted upon for so long before it reboots. */
const TIMED_MACHINE_BEHAVIOURS = ['returns-late', 'acts-for'] as const;
export type TimedMachineBehaviour = (typeof TIMED_MACHINE_BEHAVIOURS)[number];

export type MachineBehaviour = (typeof PLAIN_MACHINE_BEHAVIOURS)[number] | `${TimedMachineBehaviour}:${number}s`;

const TIMED = /^([a-z-]+):(\d{1,5})s$/;

export const MACHINE_BEHAVIOURS_ALLOWED = `${PLAIN_MACHINE_BEHAVIOURS.join(', ')}, ${TIMED_MACHINE_BEHAVIOURS.map((kind) => `${kind}:<seconds>s`).join(' or ')}`;

/** Annotations of the node. */
export const MACHINE_ANNOTATION = 'sandbox.vigilante.ext/machine';
/** Names of the pods whose act was performed, with commas in between. */
export const ACTS_ANNOTATION = 'sandbox.vigilante.ext/acts';
/** With the value `silent` the node's agent does not run. */
export const AGENT_ANNOTATION = 'sandbox.vigilante.ext/agent';
export const SILENT = 'silent';

export function parseMachineBehaviour(value: string): MachineBehaviour | null {
  const plain = PLAIN_MACHINE_BEHAVIOURS.find((known) => known === value);
  if (plain !== undefined) return plain;
  const [, name, seconds] = TIMED.exec(value) ?? [];
  const timed = TIMED_MACHINE_BEHAVIOURS.find((known) => known === name);
  return timed === undefined ? null : `${timed}:${Number(seconds)}s`;
}

/** How many acts were performed on a node with these annotations. */
export function actCount(annotations: Readonly<Record<string, string>>): number {
  return actsIn(annotations).length;
}

export function actsIn(annotations: Readonly<Record<string, string>>): readonly string[] {
  return (annotations[ACTS_ANNOTATION] ?? '').split(',').filter((name) => name !== '');
}
