/** How the maintenance of a node ends. */

export const NODE_OUTCOMES = [
  'done',
  'already-done',
  'undrained',
  'act-failed',
  'unproven',
  'given-back',
  'left-cordoned',
  'node-gone',
  'node-replaced',
  'not-ready-before',
  'skipped',
  'aborted',
] as const;
export type NodeOutcomeKind = (typeof NODE_OUTCOMES)[number];
