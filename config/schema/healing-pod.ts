/** The part `healing.pod` of the configuration. */

import { z } from 'zod';

import { HEALING_POD_LABELS, RESERVED_KEY_PREFIX, SAFE_TO_EVICT_ANNOTATION } from '../../contracts/healing/names.ts';
import { DEFAULT_POD_IMAGE } from '../../contracts/healing/pod-image.ts';
import { isLabelKey, isLabelValue } from '../../domain/label-selector.ts';
import { choice, key, optionalText } from './keys.ts';

export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
/** A plain number or one with a unit; none is below zero. */
const QUANTITY = /^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/;
const ANNOTATION_LENGTH_MAX = 4_096;
const ENTRIES_MAX = 50;
const COMMAND_LENGTH_MAX = 1_000;

/** Requests equal to limits satisfy each ratio that a LimitRange may ask for. */
export const DEFAULT_POD_RESOURCES = {
  requests: { cpu: '50m', memory: '128Mi' },
  limits: { cpu: '50m', memory: '128Mi' },
};

const TolerationSchema = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().optional(),
});

const QuantitiesSchema = z.strictObject({
  cpu: z.string().regex(QUANTITY).optional(),
  memory: z.string().regex(QUANTITY).optional(),
});

export const HealingPodConfigSchema = z.strictObject({
  image: optionalText({
    about:
      'Image of the healing pods; AKS brings the defaults with its Windows nodes, so that nothing is pulled. With `evidence: source-address` it must have `curl`',
    allowed: 'an image reference',
    fallback: `\`${DEFAULT_POD_IMAGE}\`; with \`evidence: source-address\` the nanoserver of the node's Windows build where that is known`,
  }),
  answer: choice({
    about:
      'How a pod that asks an echo hands the answer on: in the file of its termination message, or in its log where that file cannot be written',
    of: ['file', 'log'],
    fallback: 'file',
  }),
  command: key(z.array(z.string().max(COMMAND_LENGTH_MAX)).max(ENTRIES_MAX).default([]), {
    about:
      'Command line of a pod that asks an echo, instead of `curl`; in it `{url}` stands for the address with the nonce. The answer goes to standard output with `answer: log`, else to /dev/termination-log',
    allowed: 'a list of texts, one of which holds {url}; [] is curl',
    fallback: '[]',
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
  labels: keysAndValues({
    about: 'More labels of the healing pods; `sidecar.istio.io/inject: "false"` unless it is set here',
    allowed: `labels with texts as values (quote "true" and numbers), none of them ${reservedKeys(Object.keys(HEALING_POD_LABELS))}`,
    isFine: (name, value) => !isReserved(name, Object.keys(HEALING_POD_LABELS)) && isLabelValue(value),
  }),
  annotations: keysAndValues({
    about:
      'More annotations of the healing pods; `sidecar.istio.io/inject: "false"` and `linkerd.io/inject: disabled` unless they are set here',
    allowed: `annotations with texts as values (quote "true" and numbers), none of them ${reservedKeys([SAFE_TO_EVICT_ANNOTATION])}`,
    isFine: (name, value) => !isReserved(name, [SAFE_TO_EVICT_ANNOTATION]) && value.length <= ANNOTATION_LENGTH_MAX,
  }),
  resources: key(
    z
      .strictObject({ requests: QuantitiesSchema.optional(), limits: QuantitiesSchema.optional() })
      .default(DEFAULT_POD_RESOURCES),
    {
      about:
        'Resources of the healing pods, as in a pod; for a LimitRange or a quota of their namespace. `{}`: none, so that the defaults of a LimitRange apply',
      allowed: 'requests and limits, each with cpu and memory as texts such as 50m and 128Mi',
      fallback: '{requests: {cpu: 50m, memory: 128Mi}, limits: {cpu: 50m, memory: 128Mi}}',
    },
  ),
  imagePullSecrets: key(
    z
      .array(z.strictObject({ name: z.string().regex(DNS_SUBDOMAIN) }))
      .max(ENTRIES_MAX)
      .default([]),
    {
      about: 'Secrets for the registry of the image, in the namespace of the healing pods',
      allowed: 'a list such as [{name: registry}]',
      fallback: '[]',
    },
  ),
  priorityClassName: optionalText({
    about:
      'Priority class of the healing pods. Without one they have the default priority, and may displace pods of a lower one; the chart makes a class that displaces none',
    allowed: 'the name of a priority class',
    fallback: 'none; with the chart that of the release',
    matches: DNS_SUBDOMAIN,
  }),
  schedulerName: optionalText({
    about: 'Scheduler of the healing pods',
    allowed: 'the name of a scheduler',
    fallback: 'that of the cluster',
    matches: DNS_SUBDOMAIN,
  }),
});

function keysAndValues(options: { about: string; allowed: string; isFine: (name: string, value: string) => boolean }) {
  const { about, allowed, isFine } = options;
  const schema = z.record(z.string(), z.string()).superRefine((entries, context) => {
    const names = Object.keys(entries);
    for (const name of names) {
      if (isLabelKey(name) && isFine(name, entries[name] ?? '')) continue;
      context.addIssue({ code: 'custom', path: [name], message: `expected ${allowed}` });
    }
    if (names.length > ENTRIES_MAX) context.addIssue({ code: 'custom', message: `expected at most ${ENTRIES_MAX}` });
  });
  return key(schema.default({}), { about, allowed, fallback: '{}' });
}

function isReserved(name: string, more: readonly string[]): boolean {
  return name.startsWith(RESERVED_KEY_PREFIX) || more.includes(name);
}

function reservedKeys(more: readonly string[]): string {
  return [...more, `${RESERVED_KEY_PREFIX}…`].join(', ');
}
