/** The configuration: every key with its unit, range and default. */

import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION } from '../contracts/names.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function parseDurationMs(value: string): number | null {
  const match = DURATION.exec(value);
  const unit = match?.[2];
  if (match === null || unit === undefined) return null;
  return Math.round(Number(match[1]) * UNIT_MS[unit as keyof typeof UNIT_MS]);
}

/** A duration such as `30s`, `2m`, `1h`; becomes milliseconds. */
function duration(range: { minMs: number; maxMs: number }) {
  return z.string().transform((value, context) => {
    const ms = parseDurationMs(value);
    if (ms !== null && ms >= range.minMs && ms <= range.maxMs) return ms;
    context.addIssue({
      code: 'custom',
      message: `expected a duration such as 500ms, 30s, 2m or 1h, between ${range.minMs} ms and ${range.maxMs} ms`,
    });
    return z.NEVER;
  });
}

const DAY_MS = 86_400_000;
const TolerationSchema = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().optional(),
});

export const HealingConfigSchema = z.strictObject({
  /** How long a node is cared for before it can count as healed. */
  window: duration({ minMs: 1_000, maxMs: DAY_MS }).prefault('30m'),
  /** From one attempt to the next. */
  interval: duration({ minMs: 100, maxMs: DAY_MS }).prefault('30s'),
  /** Rejected attempts in a row after which the heal stalls. */
  errorBudget: z.int().min(1).max(1_000).default(10),
  /** What a pod must show to count as proven: its sandbox with network ready, an IP, or nothing. */
  evidence: z.enum(['none', 'pod-ip', 'sandbox']).default('sandbox'),
  /** Proven pods that a healed node needs. */
  provenPodsMin: z.int().min(0).max(10_000).default(3),
  /** After this long a stalled or unproven heal tries a new window. */
  retryAfter: duration({ minMs: 1_000, maxMs: 30 * DAY_MS }).prefault('1h'),
  /** Annotation that marks a healed node. */
  annotation: z.string().min(1).default(DEFAULT_HEALED_ANNOTATION),
  /** Pod activities that the Temporal server hands out per second, over all workers of the cluster. */
  attemptsPerSecond: z.number().positive().max(10_000).default(100),
  pod: z
    .strictObject({
      image: z.string().min(1).default('mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.2'),
      /** Namespace of the healing pods; default: the namespace of this process. */
      namespace: z.string().regex(DNS_LABEL).optional(),
      tolerations: z.array(TolerationSchema).default([{ operator: 'Exists' }]),
    })
    .prefault({}),
});

export const ConfigSchema = z.strictObject({
  /** Name of the cluster: part of every workflow id and task queue. */
  cluster: z
    .string()
    .regex(DNS_LABEL, 'expected a DNS label: lower case letters, digits and dashes, at most 63')
    .default('default'),
  /** Serve metrics and health over HTTPS on 8443 instead of HTTP on 8000 (H19). */
  tls: z.boolean().default(false),
  healing: HealingConfigSchema.prefault({}),
});
export type Config = Readonly<z.output<typeof ConfigSchema>>;
