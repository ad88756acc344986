/** What a cluster says of one container of a pod: its place, what its spec asks for, the user that it was started with. */

export interface Workload {
  /** Lower case, such as `daemonset`. */
  readonly kind: string;
  readonly name: string;
}

/** The object that an Event about the container is written to. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export const HOST_NAMESPACES = ['network', 'pid', 'ipc'] as const;
export type HostNamespace = (typeof HOST_NAMESPACES)[number];

/** As the API server has it; null where the spec leaves it to the image or the runtime. */
export interface LinuxSpec {
  readonly uid: number | null;
  readonly gid: number | null;
  readonly privileged: boolean;
  /** As they are written; `ALL` is one of them. */
  readonly add: readonly string[];
  readonly drop: readonly string[];
  readonly hostNamespaces: readonly HostNamespace[];
  /** Whether the container mounts the root of the node's file system. */
  readonly hostRoot: boolean;
}

export interface WindowsSpec {
  readonly hostProcess: boolean;
  readonly userName: string | null;
}

export interface LinuxUser {
  readonly uid: number;
  readonly gid: number;
}

interface ContainerPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly node: string;
  readonly workload: Workload;
  readonly owner: ObjectRef;
  readonly container: string;
  /** Without the name of the runtime. */
  readonly containerId: string;
}

export type ContainerFacts = ContainerPlace &
  (
    | {
        readonly os: 'linux';
        readonly spec: LinuxSpec;
        /** Of its first process, as the kubelet reports it (Kubernetes 1.31 and newer); null where it does not. */
        readonly startedAs: LinuxUser | null;
      }
    | { readonly os: 'windows'; readonly spec: WindowsSpec }
  );

export interface OwnedPod {
  readonly name: string;
  readonly nodeName: string;
  /** Label `pod-template-hash`, by which a Deployment names its ReplicaSets. */
  readonly templateHash: string | null;
  /** The owner that controls it; null for a pod that nobody does. */
  readonly owner: { readonly kind: string; readonly name: string } | null;
}

/** The number of minutes since 1970, which a CronJob appends to the name of a Job. */
const SCHEDULED_JOB = /^(.+)-\d{8}$/;

/** Who made the pod, by names alone: no other object is read. */
export function workloadOf({ name, nodeName, templateHash, owner }: OwnedPod): Workload {
  if (owner === null) return { kind: 'pod', name };
  switch (owner.kind) {
    case 'ReplicaSet': {
      const suffix = `-${templateHash ?? ''}`;
      const isOfDeployment = templateHash !== null && owner.name.endsWith(suffix);
      return isOfDeployment
        ? { kind: 'deployment', name: owner.name.slice(0, -suffix.length) }
        : { kind: 'replicaset', name: owner.name };
    }
    case 'Job': {
      const cronJob = SCHEDULED_JOB.exec(owner.name)?.[1];
      return cronJob === undefined ? { kind: 'job', name: owner.name } : { kind: 'cronjob', name: cronJob };
    }
    case 'Node':
      // A static pod, which its kubelet shows under its own name.
      return { kind: 'pod', name: name.endsWith(`-${nodeName}`) ? name.slice(0, -nodeName.length - 1) : name };
    default:
      return { kind: owner.kind.toLowerCase(), name: owner.name };
  }
}
