/** Narrows what worker, starter and maintainer may write: the admission policies of the chart, `charts/vigilante/files`. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { HealingEchoConfigSchema } from '../config/schema/healing-echo.ts';
import { DEFAULT_POD_RESOURCES, HealingPodConfigSchema } from '../config/schema/healing-pod.ts';
import {
  DEFAULT_HEALED_ANNOTATION,
  markAnnotation,
  proofAnnotation,
  relapsedAnnotation,
  SIDECAR_OPT_OUT,
  SNAT_PROFILE,
} from '../contracts/healing/names.ts';
import { DEFAULT_POD_IMAGE, PROBING_POD_IMAGES } from '../contracts/healing/pod-image.ts';
import { probingContainers } from '../kubernetes/healing/probing-pod.ts';
import type { ApiClient } from './api-client.ts';
import { auditUser } from './audit.ts';
import type { VigilanteConfig } from './folder.ts';
import { MAINTENANCE_NAMESPACE, RELEASE_NAMESPACE, serviceAccountOf } from './layout.ts';

const FILES = new URL('../charts/vigilante/files/', import.meta.url);
const API_VERSION = 'admissionregistration.k8s.io/v1';

const TaintSchema = z.object({ key: z.string() }).optional();

const HealingSchema = z.object({
  healing: z
    .object({
      annotation: z.string().default(DEFAULT_HEALED_ANNOTATION),
      evidence: z.string().optional(),
      taint: TaintSchema,
      condition: z.string().optional(),
      echo: HealingEchoConfigSchema.prefault({}),
      pod: HealingPodConfigSchema.prefault({}),
    })
    .prefault({}),
  profiles: z
    .array(
      z.object({
        name: z.string(),
        annotation: z.string().optional(),
        taint: TaintSchema,
        condition: z.string().optional(),
      }),
    )
    .default([]),
});

/** Defaults of the release before, whose processes run beside ours in an upgrade; the chart allows them as well. */
const BEFORE = {
  image: 'mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.2',
  limits: { cpu: '100m', memory: '128Mi' },
};

/** The API server obeys them about a second later. */
export async function applyAdmissionPolicies(api: ApiClient, vigilante: VigilanteConfig): Promise<void> {
  const parts = HealingSchema.parse(vigilante);
  const { healing } = parts;
  const worker = serviceAccountOf('worker');
  await apply(api, worker, 'admission-policy.yaml', {
    WORKER_ACCOUNT: `${RELEASE_NAMESPACE}:${worker}`,
    HEALED_ANNOTATION: healing.annotation,
    ...nodeReplacements(parts),
  });
  await apply(api, `${worker}-pods`, 'pod-admission-policy.yaml', podReplacements(healing));
  const maintainer = serviceAccountOf('maintainer');
  await apply(api, maintainer, 'maintainer-admission-policy.yaml', {
    MAINTAINER_ACCOUNT: `${RELEASE_NAMESPACE}:${maintainer}`,
  });
  const actPods = { MAINTENANCE_NAMESPACE, MAINTAINER_USER: auditUser(maintainer) };
  await apply(api, `${maintainer}-pods`, 'maintenance-pod-admission-policy.yaml', inExpressions(actPods));
  await apply(api, `${maintainer}-approvals`, 'approval-admission-policy.yaml', {});
}

type Healing = z.output<typeof HealingSchema>['healing'];

/** What the worker may write to nodes beside the annotations of `snat` and the condition of the connectivity. */
function nodeReplacements({ healing, profiles }: z.output<typeof HealingSchema>): Readonly<Record<string, string>> {
  const parts = [healing, ...profiles];
  const isAsked = healing.evidence === 'source-address';
  const values = {
    STARTUP_TAINTS: parts.flatMap(({ taint }) => taint?.key ?? []),
    MORE_MARKS: profiles.map(({ name, annotation = markAnnotation(name) }) => annotation),
    MORE_ANNOTATIONS: [
      ...(isAsked ? [relapsedAnnotation(SNAT_PROFILE)] : []),
      ...profiles.flatMap(({ name }) => [proofAnnotation(name), relapsedAnnotation(name)]),
    ],
    MORE_CONDITIONS: parts.flatMap(({ condition }) => condition ?? []),
  };
  return inExpressions(values);
}

function podReplacements({ pod, echo }: Healing): Readonly<Record<string, string>> {
  const accounts = [serviceAccountOf('worker'), serviceAccountOf('starter')].map(auditUser);
  const probing = echo.endpoints.length > 0 ? PROBING_POD_IMAGES : [];
  const values = {
    HEALING_ACCOUNTS: accounts,
    HEALING_NAMESPACE: pod.namespace ?? RELEASE_NAMESPACE,
    POD_IMAGES: pod.image === undefined ? [DEFAULT_POD_IMAGE, BEFORE.image, ...probing] : [pod.image],
    POD_LABELS: Object.keys({ ...SIDECAR_OPT_OUT.labels, ...pod.labels }),
    POD_ANNOTATIONS: Object.keys({ ...SIDECAR_OPT_OUT.annotations, ...pod.annotations }),
    POD_REQUESTS_MAX: pod.resources.requests ?? {},
    POD_LIMITS_MAX: isDeepStrictEqual(pod.resources, DEFAULT_POD_RESOURCES)
      ? BEFORE.limits
      : (pod.resources.limits ?? {}),
    POD_PRIORITY_CLASS: pod.priorityClassName ?? '',
    POD_SCHEDULER: pod.schedulerName ?? 'default-scheduler',
    PROBE_COMMANDS: probeCommands({ pod, echo }),
  };
  return inExpressions(values);
}

/** JSON is valid in an expression. */
function inExpressions(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]));
}

/** For each container that asks an endpoint its command line. */
function probeCommands({ pod, echo }: Pick<Healing, 'pod' | 'echo'>): Readonly<Record<string, readonly string[]>> {
  const { answer, command } = pod;
  const { endpoints, settleMs } = echo;
  const containers = probingContainers({
    endpoints,
    answer,
    command,
    settleMs,
    image: '',
    windows: true,
    patienceMs: 0,
  });
  return Object.fromEntries(containers.map((container) => [container.name, container.command]));
}

async function apply(
  api: ApiClient,
  name: string,
  file: string,
  replacements: Readonly<Record<string, string>>,
): Promise<void> {
  let text = await readFile(fileURLToPath(new URL(file, FILES)), 'utf8');
  // A function: in a text `$` would stand for parts of what is replaced.
  for (const [placeholder, value] of Object.entries(replacements)) text = text.replaceAll(placeholder, () => value);
  const spec: unknown = parse(text);
  const binding = { policyName: name, validationActions: ['Deny'] };
  await create(api, 'ValidatingAdmissionPolicy', { resource: 'validatingadmissionpolicies', name, spec });
  await create(api, 'ValidatingAdmissionPolicyBinding', {
    resource: 'validatingadmissionpolicybindings',
    name,
    spec: binding,
  });
}

async function create(
  api: ApiClient,
  kind: string,
  { resource, name, spec }: { resource: string; name: string; spec: unknown },
): Promise<void> {
  const body = { apiVersion: API_VERSION, kind, metadata: { name }, spec };
  await api.demand('POST', `/apis/${API_VERSION}/${resource}`, { body, alsoFine: [409] });
}
