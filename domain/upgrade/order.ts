/** The steps of an upgrade in one of its three orders. */

import type { ActPhase } from '../maintenance/facts.ts';
import { compareAge, minorOf, type Version } from '../maintenance/version.ts';
import { type ApiEndpoint, CONTROLLERS, type Component, olderMax, type Running } from './version-skew.ts';

/**
 * From the coarsest: everything of a control-plane node in one step; static pods node by node and kubelets after the last;
 * API servers, then controllers, then kubelets.
 */
export const ORDERS = ['node', 'kubelet-last', 'component'] as const;
export type UpgradeOrder = (typeof ORDERS)[number];

export const UPGRADE_PARTS = ['control-plane', 'workers'] as const;
export type UpgradePart = (typeof UPGRADE_PARTS)[number];

export interface UpgradeTarget {
  readonly kubernetes: Version;
  /** Null: etcd stays as it is. */
  readonly etcd: Version | null;
}

export interface PlanInput {
  readonly observed: readonly Running[];
  readonly target: UpgradeTarget;
  readonly parts: readonly UpgradePart[];
  readonly endpoint: ApiEndpoint;
  /** What the executor of the node's group can exchange. */
  readonly phasesOf: (node: string) => readonly ActPhase[];
}

/** `kube-proxy`: of all nodes at once, by its DaemonSet. */
export type StepPhase = ActPhase | 'kube-proxy';

export interface UpgradeStep {
  readonly phase: StepPhase;
  /** Empty for a step of all nodes. */
  readonly node: string;
  /** What runs afterwards, in the order in which it is exchanged. */
  readonly changes: readonly Running[];
}

/** A step of which it is not known yet what there is to exchange. */
interface Draft {
  readonly phase: StepPhase;
  /** Empty: all nodes. */
  readonly node: string;
  readonly components: readonly Component[];
}

const PROXIES: Draft = { phase: 'kube-proxy', node: '', components: ['kube-proxy'] };

/** Steps that have nothing to exchange are left out. */
export function orderedSteps(input: PlanInput, order: UpgradeOrder): readonly UpgradeStep[] {
  const { observed, target } = input;
  const aligning = performed(observed, aligningDrafts(input), (running) => alignedVersion(running, input));
  const hop = performed(after(observed, aligning), hopDrafts(input, order), ({ component, version }) =>
    component === 'etcd' ? (target.etcd ?? version) : target.kubernetes,
  );
  return [...aligning, ...hop];
}

/** The state after some steps. */
export function after(state: readonly Running[], steps: readonly UpgradeStep[]): readonly Running[] {
  return steps.flatMap(({ changes }) => changes).reduce(exchanged, state);
}

export function exchanged(state: readonly Running[], change: Running): readonly Running[] {
  return state.map((running) => (isSame(running, change) ? change : running));
}

function isSame(a: Running, b: Running): boolean {
  return a.component === b.component && a.node === b.node;
}

function performed(
  state: readonly Running[],
  drafts: readonly Draft[],
  versionFor: (running: Running) => Version,
): readonly UpgradeStep[] {
  return drafts
    .map(({ phase, node, components }) => {
      const changes = components
        .flatMap((component) => state.filter((running) => running.component === component))
        .filter((running) => node === '' || running.node === node)
        .filter((running) => versionFor(running) !== running.version)
        .map((running) => ({ ...running, version: versionFor(running), emulated: null }));
      return { phase, node, changes };
    })
    .filter(({ changes }) => changes.length > 0);
}

function hopDrafts(input: PlanInput, order: UpgradeOrder): readonly Draft[] {
  const { parts, phasesOf } = input;
  const { controlPlane, workers } = nodesOf(input);
  const forEach = (phase: StepPhase, components: readonly Component[]) =>
    controlPlane.map((node) => ({ phase, node, components }));
  const pods: readonly Component[] = ['etcd', 'kube-apiserver', ...CONTROLLERS];
  // An executor that can exchange etcd by itself does so before anything else.
  const etcd = controlPlane.every((node) => phasesOf(node).includes('etcd')) ? forEach('etcd', ['etcd']) : [];
  const drafts = {
    node: [...etcd, ...forEach('node', [...pods, 'kubelet'])],
    'kubelet-last': [...etcd, ...forEach('control-pods', pods), ...forEach('kubelet', ['kubelet'])],
    component: [
      ...forEach('etcd', ['etcd']),
      ...forEach('api-server', ['kube-apiserver']),
      ...forEach('controllers', CONTROLLERS),
      ...forEach('kubelet', ['kubelet']),
    ],
  };
  return [
    ...(parts.includes('control-plane') ? [...drafts[order], PROXIES] : []),
    ...(parts.includes('workers') ? workers.map((node) => workerDraft(input, node)) : []),
  ];
}

/** What would be too old after the hop comes first, to the version that the API servers have. */
function aligningDrafts(input: PlanInput): readonly Draft[] {
  const { parts } = input;
  const { controlPlane, workers } = nodesOf(input);
  const ofControlPlane: readonly Draft[] = [
    ...controlPlane.map((node) => ({ phase: 'controllers' as const, node, components: CONTROLLERS })),
    ...controlPlane.map((node) => ({ phase: 'kubelet' as const, node, components: ['kubelet' as const] })),
    PROXIES,
  ];
  return [
    ...(parts.includes('workers') ? workers.map((node) => workerDraft(input, node)) : []),
    ...(parts.includes('control-plane') ? ofControlPlane : []),
  ];
}

function alignedVersion({ component, version }: Running, { observed, target }: PlanInput): Version {
  const max = olderMax(component);
  const isLeftBehind = max !== null && minorOf(target.kubernetes) - minorOf(version) > max;
  return isLeftBehind ? (oldestApiServer(observed) ?? version) : version;
}

function workerDraft({ phasesOf }: PlanInput, node: string): Draft {
  return { phase: phasesOf(node).includes('node') ? 'node' : 'kubelet', node, components: ['kubelet'] };
}

export function oldestApiServer(observed: readonly Running[]): Version | undefined {
  const servers = observed.filter(({ component }) => component === 'kube-apiserver');
  return servers.map(({ version }) => version).toSorted(compareAge)[0];
}

function nodesOf({ observed }: PlanInput) {
  const nodesWith = (component: Component) =>
    observed.filter((running) => running.component === component).map(({ node }) => node);
  const controlPlane = nodesWith('kube-apiserver');
  return { controlPlane, workers: nodesWith('kubelet').filter((node) => !controlPlane.includes(node)) };
}
