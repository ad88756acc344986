/** Input, result and status of the workflow `healNode`. */

import { z } from 'zod';

import { parseNodeName, parseNodeUid } from '../domain/node-identity.ts';

const branded = <T>(parse: (value: string) => T | null, what: string) =>
  z.string().transform((value, context): T => {
    const parsed = parse(value);
    if (parsed !== null) return parsed;
    context.addIssue({ code: 'custom', message: `${JSON.stringify(value)} is not ${what}` });
    return z.NEVER;
  });

export const NodeNameSchema = branded(parseNodeName, 'a node name: a DNS subdomain of at most 253 characters');
export const NodeUidSchema = branded(parseNodeUid, 'a node uid');

export const NodeFactsSchema = z.strictObject({
  name: NodeNameSchema,
  uid: NodeUidSchema,
  windows: z.boolean(),
  ready: z.boolean(),
  healed: z.boolean(),
  disabled: z.boolean(),
  readyChangedMs: z.number().nullable(),
});

/** Payload of the signal `nodeChanged`. */
export const NodeObservationSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('present'), facts: NodeFactsSchema }),
  z.strictObject({ kind: z.literal('gone') }),
]);

/** All durations in milliseconds. */
export const HealingPolicySchema = z.strictObject({
  windowMs: z.int().positive(),
  intervalMs: z.int().positive(),
  errorBudget: z.int().positive(),
  evidence: z.enum(['none', 'pod-ip', 'sandbox']),
  provenPodsMin: z.int().nonnegative(),
  /** A stalled or unproven heal tries a new window after this long; a heal that waits looks at its node as often. */
  retryAfterMs: z.int().positive(),
  /** Whether the search attributes are registered and may be written. */
  searchAttributes: z.boolean(),
});
export type HealingPolicy = z.infer<typeof HealingPolicySchema>;

export const HealNodeInputSchema = z.strictObject({
  cluster: z.string().min(1),
  node: NodeNameSchema,
  policy: HealingPolicySchema,
});
/** Self-contained: a heal started by hand with the input of another one runs alike. */
export type HealNodeInput = z.infer<typeof HealNodeInputSchema>;

export type HealNodeOutcome = 'healed' | 'healed-elsewhere' | 'node-gone' | 'disabled' | 'not-windows';

export interface HealNodeResult {
  readonly outcome: HealNodeOutcome;
  readonly attempts: number;
  readonly podsProven: number;
  readonly detail: string;
}

/** `VigilanteState` of a heal, also the state in the status and in the metrics. */
export type HealState = 'healing' | 'waiting-for-ready' | 'stalled' | 'unproven' | 'cancelled' | HealNodeOutcome;

/** Answer of the query `healingStatus`. Times in milliseconds since 1970. */
export interface HealingStatus {
  readonly cluster: string;
  readonly node: string;
  readonly nodeUid: string | null;
  readonly state: HealState;
  /** Counted over the life of the heal, restarts included; `attemptsInWindow` since the window began. */
  readonly attempts: number;
  readonly attemptsInWindow: number;
  readonly podsProven: number;
  readonly provenPodsMin: number;
  readonly rejectedInARow: number;
  readonly errorBudget: number;
  readonly lastError: string | null;
  readonly lastEvidence: {
    readonly level: number;
    readonly detail: string;
    readonly podName: string;
    readonly atMs: number;
  } | null;
  readonly windowStartMs: number | null;
  readonly windowEndMs: number | null;
  readonly nextAttemptMs: number | null;
  readonly retryAtMs: number | null;
  /** The pod that exists now as far as the heal knows; the reconcile removes others. */
  readonly pod: { readonly name: string; readonly uid: string; readonly attempt: number } | null;
}
