/** The healing pod: its name, its labels and its manifest (H4). */

import { createHash } from 'node:crypto';
import {
  ATTEMPT_LABEL,
  NODE_UID_LABEL,
  profilePodLabels,
  SAFE_TO_EVICT_ANNOTATION,
  SIDECAR_OPT_OUT,
  SNAT_PROFILE,
  verifyingPodLabels,
} from '../../contracts/healing/names.ts';
import { DEFAULT_POD_IMAGE } from '../../contracts/healing/pod-image.ts';
import { OS_LABEL, WINDOWS_OS } from '../../contracts/names.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';
import { nodeAffinity } from '../nodes/affinity.ts';
import { type PodQuestion, probingContainers } from './probing-pod.ts';

export interface Toleration {
  readonly key?: string | undefined;
  readonly operator?: 'Exists' | 'Equal' | undefined;
  readonly value?: string | undefined;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' | undefined;
  readonly tolerationSeconds?: number | undefined;
}

interface Quantities {
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
}

export interface HealingPodSettings {
  readonly namespace: string;
  /** Default `snat`. */
  readonly profile?: string;
  /** Default `windows`. */
  readonly os?: 'windows' | 'linux';
  /** Default: one that the node has. */
  readonly image?: string | undefined;
  readonly tolerations: readonly Toleration[];
  /** None of them has a key of ours. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly resources?: { readonly requests?: Quantities | undefined; readonly limits?: Quantities | undefined };
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  /** Default: the default priority of the cluster. */
  readonly priorityClassName?: string | undefined;
  /** Default: the cluster's own. */
  readonly schedulerName?: string | undefined;
  /** From one attempt to the next; the pod outlives ten of them at most. */
  readonly intervalMs: number;
}

/** Finds the pods of a node under any uid; see `nodeNameLabel`. */
export const NODE_NAME_LABEL = 'vigilante-node-name';
/** The node's whole name, for people and for the reconcile. */
export const NODE_NAME_ANNOTATION = 'vigilante-node-name';

export type PodPurpose = 'heal' | 'verify';

function namePrefix(profile: string, purpose: PodPurpose): string {
  if (profile === SNAT_PROFILE) return purpose === 'heal' ? 'vigilante-snat-healer-' : 'vigilante-verify-';
  return purpose === 'heal' ? `vigilante-${profile}-` : `vigilante-verify-${profile}-`;
}

/** A pod's name becomes its hostname, and that is a DNS label. */
const LABEL_LENGTH_MAX = 63;
const HASH_LENGTH = 10;

/** The deadline is only for pods that everybody forgot: each is deleted an interval, or its patience, after it was made. */
const DEADLINE_INTERVALS = 10;
/** A retried attempt has its patience again. */
const DEADLINE_PATIENCES = 2;
const DEADLINE_SECONDS_MIN = 600;

/** Run of the workflow whose attempt made the pod: another run does not take the pod for its own. */
export const RUN_ANNOTATION = 'vigilante-run';

/** Computed from node and attempt alone, so that a retried activity finds its own pod (H15). */
export function healingPodName(of: {
  node: NodeName;
  attempt: number;
  purpose?: PodPurpose;
  profile?: string;
}): string {
  const { node, attempt, purpose = 'heal', profile = SNAT_PROFILE } = of;
  const prefix = namePrefix(profile, purpose);
  const room = LABEL_LENGTH_MAX - prefix.length - `-${attempt}`.length;
  return `${prefix}${shortened(node, room)}-${attempt}`;
}

/** The name itself where a label can hold it. */
export function nodeNameLabel(node: NodeName): string {
  return node.length <= LABEL_LENGTH_MAX ? node : shortened(node, LABEL_LENGTH_MAX);
}

/** What Pod Security "restricted" wants. With os.name windows the fields for Linux are refused. */
const SECURITY = {
  windows: { pod: { runAsNonRoot: true }, container: {} },
  linux: {
    pod: { runAsNonRoot: true, runAsUser: 65_535, seccompProfile: { type: 'RuntimeDefault' } },
    container: { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
  },
} as const;

export interface HealingAttempt {
  readonly node: NodeRef;
  readonly attempt: number;
  readonly run: string;
  /** Default `heal`. */
  readonly purpose?: PodPurpose;
  /** Missing where the pod only has to be there. */
  readonly question?: PodQuestion | undefined;
}

export function healingPodManifest(
  { node, attempt, run, purpose = 'heal', question }: HealingAttempt,
  settings: HealingPodSettings,
) {
  const deadlineMs = Math.max(
    DEADLINE_INTERVALS * settings.intervalMs,
    DEADLINE_PATIENCES * (question?.patienceMs ?? 0),
  );
  const deadlineSeconds = Math.ceil(deadlineMs / 1_000);
  const { profile = SNAT_PROFILE, os = WINDOWS_OS, resources = {} } = settings;
  const shared = { imagePullPolicy: 'IfNotPresent', resources, ...SECURITY[os].container };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: healingPodName({ node: node.name, attempt, purpose, profile }),
      namespace: settings.namespace,
      labels: {
        ...SIDECAR_OPT_OUT.labels,
        ...settings.labels,
        ...(purpose === 'heal' ? profilePodLabels(profile) : verifyingPodLabels(profile)),
        [NODE_UID_LABEL]: node.uid,
        [NODE_NAME_LABEL]: nodeNameLabel(node.name),
        [ATTEMPT_LABEL]: String(attempt),
      },
      annotations: {
        ...SIDECAR_OPT_OUT.annotations,
        ...settings.annotations,
        [NODE_NAME_ANNOTATION]: node.name,
        [RUN_ANNOTATION]: run,
        [SAFE_TO_EVICT_ANNOTATION]: 'true',
      },
      // Collected with its node; drain refuses a pod whose owner is not its controller.
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid, controller: true }],
    },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      activeDeadlineSeconds: Math.max(DEADLINE_SECONDS_MIN, deadlineSeconds),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      os: { name: os },
      nodeSelector: { [OS_LABEL]: os },
      affinity: nodeAffinity(node.name),
      tolerations: settings.tolerations,
      ...(settings.priorityClassName === undefined ? {} : { priorityClassName: settings.priorityClassName }),
      ...(settings.schedulerName === undefined ? {} : { schedulerName: settings.schedulerName }),
      ...(settings.imagePullSecrets === undefined ? {} : { imagePullSecrets: settings.imagePullSecrets }),
      securityContext: SECURITY[os].pod,
      containers:
        question === undefined
          ? [{ name: 'pause', image: settings.image ?? DEFAULT_POD_IMAGE, ...shared }]
          : probingContainers(question).map((container) => ({ ...container, ...shared })),
    },
  };
}

/** As it is where it fits and has no dots; else its beginning and a hash of all of it. */
function shortened(name: NodeName, room: number): string {
  if (name.length <= room && !name.includes('.')) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  const head = name
    .slice(0, room - HASH_LENGTH - 1)
    .replaceAll('.', '-')
    .replace(/-+$/, '');
  return `${head}-${hash}`;
}
