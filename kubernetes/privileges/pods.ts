/** Lists the containers of all pods that run, with what their specs ask for. */

import {
  type ContainerFacts,
  type HostNamespace,
  type LinuxSpec,
  type LinuxUser,
  type ObjectRef,
  workloadOf,
} from '../../domain/privileges/container.ts';
import type { ClusterConnection } from '../client/connection.ts';
import type { ObjectMeta } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';

export interface RunningContainers {
  list(): Promise<readonly ContainerFacts[]>;
}

export function createRunningContainers(connection: ClusterConnection): RunningContainers {
  const pods = resourceOf(connection, { group: '', version: 'v1', plural: 'pods', namespace: null });
  return {
    async list() {
      const found: ContainerFacts[] = [];
      for await (const { items } of pods.pages({ about: 'of all namespaces' })) {
        for (const item of items) found.push(...containersOf(item));
      }
      return found;
    },
  };
}

interface SecurityContext {
  readonly runAsUser?: number | null;
  readonly runAsGroup?: number | null;
  readonly privileged?: boolean | null;
  readonly capabilities?: { readonly add?: readonly string[] | null; readonly drop?: readonly string[] | null } | null;
  readonly windowsOptions?: { readonly hostProcess?: boolean | null; readonly runAsUserName?: string | null } | null;
}

interface ContainerSpec {
  readonly name?: string;
  readonly securityContext?: SecurityContext | null;
  readonly volumeMounts?: readonly { readonly name?: string }[] | null;
}

interface ContainerState {
  readonly name?: string;
  readonly containerID?: string;
  readonly user?: { readonly linux?: { readonly uid?: number; readonly gid?: number } | null } | null;
}

interface PodSpec {
  readonly nodeName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>> | null;
  readonly os?: { readonly name?: string } | null;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext | null;
  readonly volumes?:
    | readonly { readonly name?: string; readonly hostPath?: { readonly path?: string } | null }[]
    | null;
  readonly initContainers?: readonly ContainerSpec[] | null;
  readonly containers?: readonly ContainerSpec[] | null;
  readonly ephemeralContainers?: readonly ContainerSpec[] | null;
}

interface Owner extends ObjectRef {
  readonly controller?: boolean;
}

/** Every field is optional: see `client/objects.ts`. */
interface Pod {
  readonly metadata?: ObjectMeta & { readonly ownerReferences?: readonly Partial<Owner>[] | null };
  readonly spec?: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly initContainerStatuses?: readonly ContainerState[] | null;
    readonly containerStatuses?: readonly ContainerState[] | null;
    readonly ephemeralContainerStatuses?: readonly ContainerState[] | null;
  };
}

/** Pods of these phases run no longer. */
const ENDED = ['Succeeded', 'Failed'];
const WINDOWS = 'windows';

/** Those that a runtime has made already; init containers and those of `kubectl debug` as well. */
export function containersOf(body: object): readonly ContainerFacts[] {
  const { metadata, spec, status } = body as Pod;
  if (spec?.nodeName === undefined || ENDED.includes(status?.phase ?? '')) return [];
  const specs = [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
  const states = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  const place = placeOf(metadata ?? {}, spec.nodeName);
  return specs.flatMap((container) => {
    const state = states.find(({ name }) => name === container.name);
    // Such as containerd://0123….
    const containerId = state?.containerID?.split('//')[1];
    if (containerId === undefined || containerId === '') return [];
    const shared = { ...place, container: container.name ?? '', containerId };
    return isWindows(spec)
      ? { ...shared, os: 'windows', spec: windowsSpec(spec, container) }
      : { ...shared, os: 'linux', spec: linuxSpec(spec, container), startedAs: userOf(state) };
  });
}

function placeOf(metadata: NonNullable<Pod['metadata']>, node: string) {
  const { name = '', namespace = '', uid = '', labels, ownerReferences } = metadata;
  const found = (ownerReferences ?? []).find(({ controller }) => controller === true);
  const owner = found === undefined ? null : refOf(found);
  const templateHash = labels?.['pod-template-hash'] ?? null;
  return {
    namespace,
    node,
    pod: name,
    workload: workloadOf({ name, nodeName: node, templateHash, owner }),
    // A static pod is owned by its node, which lives in no namespace.
    owner: owner === null || owner.kind === 'Node' ? { apiVersion: 'v1', kind: 'Pod', name, uid } : owner,
  };
}

function refOf({ apiVersion = '', kind = '', name = '', uid = '' }: Partial<Owner>): ObjectRef {
  return { apiVersion, kind, name, uid };
}

function isWindows({ os, nodeSelector, securityContext }: PodSpec): boolean {
  if (os?.name !== undefined) return os.name === WINDOWS;
  return nodeSelector?.['kubernetes.io/os'] === WINDOWS || (securityContext?.windowsOptions ?? null) !== null;
}

/** What the container says goes before what the pod says. */
function linuxSpec(pod: PodSpec, { securityContext: own, volumeMounts }: ContainerSpec): LinuxSpec {
  const shared = pod.securityContext;
  const roots = (pod.volumes ?? []).filter(({ hostPath }) => isRoot(hostPath?.path)).map(({ name }) => name);
  return {
    uid: own?.runAsUser ?? shared?.runAsUser ?? null,
    gid: own?.runAsGroup ?? shared?.runAsGroup ?? null,
    privileged: own?.privileged ?? false,
    add: own?.capabilities?.add ?? [],
    drop: own?.capabilities?.drop ?? [],
    hostNamespaces: hostNamespaces(pod),
    hostRoot: (volumeMounts ?? []).some(({ name }) => roots.includes(name)),
  };
}

function hostNamespaces({ hostNetwork, hostPID, hostIPC }: PodSpec): readonly HostNamespace[] {
  return [
    ...(hostNetwork === true ? (['network'] as const) : []),
    ...(hostPID === true ? (['pid'] as const) : []),
    ...(hostIPC === true ? (['ipc'] as const) : []),
  ];
}

/** `//` and `/.` are the root as well; the API server refuses a path with `..`. */
function isRoot(path: string | undefined): boolean {
  return path !== undefined && path.startsWith('/') && path.split('/').every((part) => part === '' || part === '.');
}

function windowsSpec({ securityContext: shared }: PodSpec, { securityContext: own }: ContainerSpec) {
  return {
    hostProcess: own?.windowsOptions?.hostProcess ?? shared?.windowsOptions?.hostProcess ?? false,
    userName: own?.windowsOptions?.runAsUserName ?? shared?.windowsOptions?.runAsUserName ?? null,
  };
}

function userOf(state: ContainerState | undefined): LinuxUser | null {
  const { uid, gid } = state?.user?.linux ?? {};
  return uid === undefined || gid === undefined ? null : { uid, gid };
}
