/** Which versions run in a cluster, by what was read of it. What cannot be read is not a version (M4). */

import { cutText } from '../cut-text.ts';
import { type Minor, minorOf, parseVersion, type Version } from '../maintenance/version.ts';
import { COMPONENTS, CONTROLLERS, type Component, type Running } from './version-skew.ts';

/**
 * `pods`: API servers, controllers and etcd run on nodes of the control plane, the latter as pods of kube-system with the
 * label `component`. `managed`: nobody can see them, and only API servers and what runs on nodes is judged.
 */
export const CONTROL_PLANES = ['pods', 'managed'] as const;
export type ControlPlane = (typeof CONTROL_PLANES)[number];

/** As they were read: any text may be missing or rubbish. */
export interface VersionFacts {
  readonly controlPlane: ControlPlane;
  readonly nodes: readonly { readonly name: string; readonly kubelet: string; readonly isControlPlane: boolean }[];
  readonly apiServers: readonly ApiServerFacts[];
  readonly pods: readonly ComponentPod[];
}

export interface ApiServerFacts {
  readonly url: string;
  /** Null where no node has the address. */
  readonly node: string | null;
  readonly answer:
    | { readonly kind: 'version'; readonly gitVersion: string; readonly emulated: string | null }
    | { readonly kind: 'silent'; readonly message: string };
}

export interface ComponentPod {
  /** `namespace/name`. */
  readonly pod: string;
  readonly node: string;
  readonly component: string;
  readonly image: string;
}

export interface ObservedVersions {
  readonly running: readonly Running[];
  /** Sentences about what runs and could not be read: a run halts. At most 200. */
  readonly unknown: readonly string[];
  /** Sentences about what cannot be seen in this cluster, and is not judged. At most 200. */
  readonly unjudged: readonly string[];
}

const SENTENCES_MAX = 200;
const IMAGE_LENGTH_MAX = 200;

export function observedVersions(facts: VersionFacts): ObservedVersions {
  const servers = facts.apiServers.map((server) => serverVersion(server, facts.controlPlane));
  const kubelets = facts.nodes.map(({ name, kubelet }) => read('kubelet', name, kubelet, parseVersion(kubelet)));
  const pods = facts.pods.filter(({ component }) => !isHidden(component, facts.controlPlane)).map(podVersion);
  const found = [...servers, ...kubelets, ...pods];
  return {
    running: found.flatMap((one) => (one.kind === 'running' ? [one.running] : [])),
    unknown: bounded([
      ...found.flatMap((one) => (one.kind === 'unknown' ? [one.sentence] : [])),
      ...missingServers(facts),
      ...missingControllers(facts),
    ]),
    unjudged: bounded([...found.flatMap((one) => (one.kind === 'unjudged' ? [one.sentence] : [])), ...unseen(facts)]),
  };
}

type Reading =
  | { readonly kind: 'running'; readonly running: Running }
  | { readonly kind: 'unknown' | 'unjudged'; readonly sentence: string };

function serverVersion({ url, node, answer }: ApiServerFacts, controlPlane: ControlPlane): Reading {
  if (node === null && controlPlane === 'pods') {
    return { kind: 'unknown', sentence: `no node has the address of the API server ${url}` };
  }
  // Managed API servers run on no node that can be seen.
  const place = node ?? url;
  if (answer.kind === 'silent') return { kind: 'unknown', sentence: `kube-apiserver of ${place}: ${answer.message}` };
  const version = parseVersion(answer.gitVersion);
  const found = read('kube-apiserver', place, answer.gitVersion, version);
  if (found.kind !== 'running' || version === null || answer.emulated === null) return found;
  const emulated = emulatedMinor(answer.emulated);
  if (emulated === null) {
    return { kind: 'unknown', sentence: `kube-apiserver of ${place} emulates ${answer.emulated}, which is no version` };
  }
  return { kind: 'running', running: { ...found.running, emulated: emulated === minorOf(version) ? null : emulated } };
}

/** Such as `1.36`. */
function emulatedMinor(text: string): Minor | null {
  const version = parseVersion(`v${text}.0`);
  return version === null ? null : minorOf(version);
}

function read(component: Component, node: string, text: string, version: Version | null): Reading {
  if (version !== null) return { kind: 'running', running: { component, node, version, emulated: null } };
  const shown = JSON.stringify(cutText(text, IMAGE_LENGTH_MAX));
  return { kind: 'unknown', sentence: `${component} of ${node}: ${shown} is no version` };
}

function podVersion({ pod, node, component: name, image }: ComponentPod): Reading {
  const component = COMPONENTS.find((one) => one === name);
  if (component === undefined) return { kind: 'unjudged', sentence: `${pod}: ${name} is no component that is judged` };
  const found = read(component, node, image, imageVersion(image, component));
  // Many bring it in another way, and a run does not depend on it.
  return found.kind === 'unknown' && component === 'kube-proxy' ? { ...found, kind: 'unjudged' } : found;
}

/** By the tag of an image; null where it has none, or one that is no version. */
function imageVersion(image: string, component: Component): Version | null {
  const [, tag] = /:([^:/@]+)(?:@[^@]*)?$/.exec(image) ?? [];
  if (tag === undefined) return null;
  // The images of etcd are called 3.6.16-0: the last number counts builds of one version.
  return parseVersion(component === 'etcd' ? `v${tag.replace(/^v/, '').replace(/-\d+$/, '')}` : tag);
}

function isHidden(component: string, controlPlane: ControlPlane): boolean {
  return controlPlane === 'managed' && component !== 'kube-proxy';
}

/** An API server that is down is in no EndpointSlice: its node says that there is one. */
function missingServers({ controlPlane, nodes, apiServers }: VersionFacts): readonly string[] {
  if (apiServers.length === 0) return ['no address of an API server is known: set maintenance.upgrade.apiServers'];
  if (controlPlane === 'managed') return [];
  return nodes
    .filter(({ name, isControlPlane }) => isControlPlane && !apiServers.some(({ node }) => node === name))
    .map(({ name }) => `kube-apiserver of ${name}: no address of an API server is that of this node`);
}

function missingControllers(facts: VersionFacts): readonly string[] {
  if (facts.controlPlane === 'managed') return [];
  return controlPlaneNodes(facts).flatMap((node) =>
    CONTROLLERS.filter((component) => !hasPod(facts, node, component)).map(
      (component) =>
        `${component} of ${node}: kube-system has no pod of it with the label component (maintenance.upgrade.controlPlane)`,
    ),
  );
}

function unseen(facts: VersionFacts): readonly string[] {
  const { controlPlane, nodes, pods } = facts;
  const proxied = new Set(pods.filter(({ component }) => component === 'kube-proxy').map(({ node }) => node));
  const bare = nodes.filter(({ name }) => !proxied.has(name)).length;
  const proxies = bare === 0 ? [] : [`kube-proxy: kube-system has no pod of it on nodes, ${bare} in all`];
  if (controlPlane === 'managed') {
    const hidden = 'controllers and etcd: not to be seen where maintenance.upgrade.controlPlane is managed';
    return [hidden, ...proxies];
  }
  const etcd = controlPlaneNodes(facts)
    .filter((node) => !hasPod(facts, node, 'etcd'))
    .map((node) => `etcd of ${node}: kube-system has no pod of it with the label component`);
  return [...etcd, ...proxies];
}

function controlPlaneNodes({ nodes, apiServers }: VersionFacts): readonly string[] {
  const serving = new Set(apiServers.flatMap(({ node }) => (node === null ? [] : [node])));
  return nodes.filter(({ name, isControlPlane }) => isControlPlane || serving.has(name)).map(({ name }) => name);
}

function hasPod({ pods }: VersionFacts, node: string, component: Component): boolean {
  return pods.some((pod) => pod.node === node && pod.component === component);
}

function bounded(sentences: readonly string[]): readonly string[] {
  const rest = sentences.length - SENTENCES_MAX;
  return rest <= 0 ? sentences : [...sentences.slice(0, SENTENCES_MAX - 1), `and ${rest + 1} more`];
}
