/**
 * Whether the versions that run in a cluster may meet, by the version-skew policy of Kubernetes. Minor versions count: the
 * policy says nothing of patches.
 */

import { type Minor, minorOf, minorText, type Version } from '../maintenance/version.ts';

export const CONTROLLERS = ['kube-controller-manager', 'kube-scheduler'] as const;
export const COMPONENTS = ['etcd', 'kube-apiserver', ...CONTROLLERS, 'kubelet', 'kube-proxy'] as const;
export type Component = (typeof COMPONENTS)[number];

/** One component of one node, as it was seen to run. */
export interface Running {
  readonly component: Component;
  readonly node: string;
  readonly version: Version;
  /** Of an API server alone: the version whose API it serves, where that is not its own. */
  readonly emulated: Minor | null;
}

/** The API servers that a component may be sent to: the one of its own node, or any. */
export const REACHES = ['local', 'balanced'] as const;
export type Reach = (typeof REACHES)[number];

export interface ApiEndpoint {
  readonly controllers: Reach;
  /** The kubelets of control-plane nodes; those of workers reach any. */
  readonly kubelets: Reach;
}

/** How many minor versions a component may be older than an API server that it can reach. */
const OLDER_MAX = {
  'kube-controller-manager': 1,
  'kube-scheduler': 1,
  kubelet: 3,
  'kube-proxy': 3,
} as const;
const API_SERVERS_APART_MAX = 1;
const PROXY_FROM_KUBELET_MAX = 3;

export function olderMax(component: Component): number | null {
  return component === 'etcd' || component === 'kube-apiserver' ? null : OLDER_MAX[component];
}

/** Versions are read once for each state, not for each pair. */
interface Judged extends Running {
  readonly minor: Minor;
  /** What an API server serves: others must not be newer. */
  readonly api: Minor;
}

/** Each pair that must not meet, in words; empty where the policy holds. */
export function skewProblems(state: readonly Running[], endpoint: ApiEndpoint): readonly string[] {
  const all = state.map((running) => {
    const minor = minorOf(running.version);
    return { ...running, minor, api: running.emulated ?? minor };
  });
  const servers = all.filter(({ component }) => component === 'kube-apiserver');
  return all.flatMap((running) => {
    switch (running.component) {
      case 'etcd':
        return [];
      case 'kube-apiserver':
        return spreadProblems(servers, running);
      case 'kube-proxy':
        return [...problemsWith(servers, running), ...kubeletProblems(all, running)];
      default:
        return problemsWith(reachedBy(running, servers, endpoint), running);
    }
  });
}

function spreadProblems(servers: readonly Judged[], running: Judged): readonly string[] {
  return servers
    .filter(({ minor }) => minor - running.minor > API_SERVERS_APART_MAX)
    .map((other) => `${nameOf(running)} is more than one minor version older than ${nameOf(other)}`);
}

function reachedBy(running: Judged, servers: readonly Judged[], endpoint: ApiEndpoint): readonly Judged[] {
  const reach = running.component === 'kubelet' ? endpoint.kubelets : endpoint.controllers;
  const own = servers.filter(({ node }) => node === running.node);
  return reach === 'local' && own.length > 0 ? own : servers;
}

/** What must not be newer is held to what an API server serves, what must not be too old to the program that it is. */
function problemsWith(servers: readonly Judged[], running: Judged): readonly string[] {
  const older = olderMax(running.component) ?? 0;
  return servers.flatMap((server) => {
    if (running.minor > server.api) return [`${nameOf(running)} is newer than ${nameOf(server)}`];
    if (server.minor - running.minor > older)
      return [`${nameOf(running)} is more than ${older} minor versions older than ${nameOf(server)}`];
    return [];
  });
}

function kubeletProblems(all: readonly Judged[], proxy: Judged): readonly string[] {
  return all
    .filter(({ component, node }) => component === 'kubelet' && node === proxy.node)
    .filter(({ minor }) => Math.abs(minor - proxy.minor) > PROXY_FROM_KUBELET_MAX)
    .map(
      (kubelet) =>
        `${nameOf(proxy)} is more than ${PROXY_FROM_KUBELET_MAX} minor versions away from ${nameOf(kubelet)}`,
    );
}

function nameOf({ component, node, version, minor, api }: Judged): string {
  return `${component} ${api === minor ? version : `${version} as ${minorText(api)}`} of ${node}`;
}
