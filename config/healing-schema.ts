/** The part `healing` of the configuration. */

import { z } from 'zod';

import { DEFAULT_HEALED_ANNOTATION, HEALING_SWITCH_ANNOTATION } from '../contracts/names.ts';
import { choice, duration, key, optionalText, text, wholeNumber } from './keys.ts';

export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const ANNOTATION_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DNS_SUBDOMAIN_LENGTH_MAX = 253;

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

const TolerationSchema = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().optional(),
});

const HealingPodSchema = z.strictObject({
  image: text({
    about: 'Image of the healing pods; AKS keeps the default on its Windows nodes, so that nothing is pulled',
    allowed: 'an image reference',
    fallback: 'mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.2',
  }),
  namespace: optionalText({
    about: 'Namespace of the healing pods',
    allowed: 'the name of a namespace',
    fallback: 'the namespace of this process (`POD_NAMESPACE`, the service account), else `default`',
    matches: DNS_LABEL,
  }),
  tolerations: key(z.array(TolerationSchema).default([{ operator: 'Exists' }]), {
    about: 'Tolerations of the healing pods, as in a pod',
    allowed: 'a list of tolerations with the keys key, operator, value, effect, tolerationSeconds',
    fallback: '[{operator: Exists}]',
  }),
});

export const HealingConfigSchema = z.strictObject({
  window: duration({
    about: 'How long a node is cared for before it can count as healed',
    minMs: SECOND_MS,
    maxMs: DAY_MS,
    fallback: '30m',
  }),
  interval: duration({ about: 'From one attempt to the next', minMs: 100, maxMs: DAY_MS, fallback: '30s' }),
  errorBudget: wholeNumber({
    about: 'Rejected attempts in a row after which the heal stalls',
    min: 1,
    max: 1_000,
    fallback: 10,
  }),
  evidence: choice({
    about: 'What a pod must show to count as proven: its sandbox with network ready, an IP of its own, or nothing',
    of: ['none', 'pod-ip', 'sandbox'],
    fallback: 'sandbox',
  }),
  provenPodsMin: wholeNumber({ about: 'Proven pods that a healed node needs', min: 0, max: 10_000, fallback: 3 }),
  retryAfter: duration({
    about: 'After this long a stalled or unproven heal tries a new window',
    minMs: SECOND_MS,
    maxMs: 30 * DAY_MS,
    fallback: '1h',
  }),
  annotation: text({
    about: 'Annotation that marks a healed node',
    allowed: `the key of an annotation (at most 63 letters, digits, '-', '_', '.', after an optional DNS prefix and a slash) other than ${HEALING_SWITCH_ANNOTATION}`,
    fallback: DEFAULT_HEALED_ANNOTATION,
    matches: isHealedAnnotation,
  }),
  attemptsPerSecond: key(z.number().positive().max(10_000).default(100), {
    about: 'Pod activities that the Temporal server hands out per second, over all workers of the cluster',
    allowed: 'a number above 0, at most 10000',
    fallback: '100',
  }),
  pod: HealingPodSchema.prefault({}),
});

function isHealedAnnotation(value: string): boolean {
  if (value === HEALING_SWITCH_ANNOTATION) return false;
  const slash = value.indexOf('/');
  const prefix = value.slice(0, Math.max(slash, 0));
  const prefixFits = slash < 0 || (prefix.length <= DNS_SUBDOMAIN_LENGTH_MAX && DNS_SUBDOMAIN.test(prefix));
  return prefixFits && ANNOTATION_NAME.test(value.slice(slash + 1));
}
