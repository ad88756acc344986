/** A cluster in memory for `upgradeCluster`: what runs where, and acts that exchange it as an executor would. */

import type { Client } from '@temporalio/client';
import { createUpgradeClusterActivities } from '../../../activities/upgrade/activities.ts';
import type {
  ApprovalActivities,
  LookAtApprovalsResult,
  PreflightActivities,
} from '../../../contracts/upgrade/activities.ts';
import type { UpgradeClusterActivities } from '../../../contracts/upgrade/cluster-activities.ts';
import type { UpgradeReport } from '../../../contracts/upgrade/cluster-status.ts';
import { parseLabelSelector } from '../../../domain/label-selector.ts';
import type { ActPhase } from '../../../domain/maintenance/facts.ts';
import { minorOf, minorText, type Version } from '../../../domain/maintenance/version.ts';
import type { NodeName } from '../../../domain/node/identity.ts';
import type { BrokenPods } from '../../../domain/upgrade/after-checks.ts';
import type { CheckResult } from '../../../domain/upgrade/check.ts';
import { CONTROLLERS, type Component, type Running } from '../../../domain/upgrade/version-skew.ts';
import type { MaintenanceNode } from '../../../kubernetes/maintenance/node-facts.ts';
import { maintenancesOf } from '../../../temporal/maintenance/maintenances.ts';
import { UPGRADE_RULES } from '../../fixtures/cluster-upgrade.ts';
import { facts, version } from '../../fixtures/maintenance.ts';
import { nodeName, nodeUid } from '../../fixtures/nodes.ts';
import { heartbeats, type MaintenanceWorld } from '../../integration/maintain-node/world.ts';

export const OLD = version('v1.36.3');
const PHASES: readonly ActPhase[] = ['node', 'control-pods', 'kubelet', 'api-server', 'controllers'];
const CONTROL_PLANE = /^cp-/;

export interface UpgradeWorld {
  running: Running[];
  readonly activities: UpgradeClusterActivities & PreflightActivities & ApprovalActivities;
  /** What happened, in order: acts as `phase node`, and names of activities of the upgrade. */
  readonly log: string[];
  readonly reports: UpgradeReport[];
  checks: readonly CheckResult[];
  approval: LookAtApprovalsResult;
  broken: readonly BrokenPods[];
  unknown: readonly string[];
  policies: string;
  /** Nodes whose acts do nothing. */
  readonly idle: Set<string>;
  addNode(name: string, at?: Version): void;
}

export function createUpgradeWorld(client: Client, cluster: string, maintenance: MaintenanceWorld): UpgradeWorld {
  const world: UpgradeWorld = {
    running: [],
    activities: {} as UpgradeWorld['activities'],
    log: [],
    reports: [],
    checks: [],
    approval: { kind: 'not-needed' },
    broken: [],
    unknown: [],
    policies: 'as they are',
    idle: new Set(),
    addNode(name, at = OLD) {
      maintenance.nodes.set(name, facts({ uid: nodeUid(`uid-of-${name}`), kubelet: at, ...controlPlaneOf(name, at) }));
      world.running.push(
        ...componentsOf(name).map((component) => ({ component, node: name, version: at, emulated: null })),
      );
    },
  };
  maintenance.nodes.clear();
  maintenance.scripted.startAct = async ({ node, phase, executor, key, versions, expect }) => {
    const to = expect.kubelet ?? versions?.kubernetes ?? OLD;
    if (!maintenance.acts.has(key)) world.log.push(`${phase} ${node.name}`);
    maintenance.acts.set(key, (maintenance.acts.get(key) ?? 0) + 1);
    if (!world.idle.has(node.name)) exchange(world, maintenance, { name: node.name, phase, to });
    return { kind: 'started', handle: { executor, id: key } };
  };
  return Object.assign(world, {
    activities: activitiesOf(world, maintenance, maintenancesOf(client, { cluster, searchAttributes: false })),
  });
}

function componentsOf(name: string): readonly Component[] {
  return CONTROL_PLANE.test(name) ? ['kube-apiserver', ...CONTROLLERS, 'kubelet'] : ['kubelet'];
}

function controlPlaneOf(name: string, at: Version) {
  return CONTROL_PLANE.test(name) ? { controlPlane: { binary: at, emulated: minorText(minorOf(at)).slice(1) } } : {};
}

function exchange(
  world: UpgradeWorld,
  maintenance: MaintenanceWorld,
  { name, phase, to }: { readonly name: string; readonly phase: ActPhase; readonly to: Version },
): void {
  const isKubelet = phase === 'node' || phase === 'kubelet';
  const isServer = phase !== 'kubelet' && phase !== 'controllers';
  const isExchanged = (component: Component) => (component === 'kubelet' ? isKubelet : phase !== 'kubelet');
  world.running = world.running.map((one) =>
    one.node === name && isExchanged(one.component) ? { ...one, version: to } : one,
  );
  const before = maintenance.nodes.get(name) ?? facts();
  maintenance.nodes.set(name, {
    ...before,
    ...(isKubelet ? { kubelet: to } : {}),
    ...(isServer ? controlPlaneOf(name, to) : {}),
  });
}

function activitiesOf(
  world: UpgradeWorld,
  maintenance: MaintenanceWorld,
  maintenances: ReturnType<typeof maintenancesOf>,
): UpgradeWorld['activities'] {
  const nodes = async (): Promise<readonly MaintenanceNode[]> =>
    [...maintenance.nodes].map(([name, seen]) => ({
      name: nodeName(name),
      facts: seen,
      labels: CONTROL_PLANE.test(name) ? { cp: '' } : {},
      annotations: {},
      controlPlane: CONTROL_PLANE.test(name),
      trueConditions: [],
      version: '1',
    }));
  const real = createUpgradeClusterActivities({
    settings: {
      endpoint: { controllers: 'local', kubelets: 'balanced' },
      rules: { ...UPGRADE_RULES, executors: ['control-plane', 'workers'].map((group) => ({ group, executor: 'act' })) },
      groups: [
        { name: 'control-plane', requirements: parseLabelSelector('cp') ?? [] },
        { name: 'workers', requirements: [] },
      ],
      get policies() {
        return world.policies;
      },
      allowedBroken: [],
      reportFolder: null,
    },
    observe: async () => ({ running: world.running, unknown: world.unknown, unjudged: [] }),
    nodes: { list: nodes },
    pods: async () => [],
    phasesOf: () => PHASES,
    alerts: null,
    guard: { status: async () => null, resume: async () => undefined },
    maintenances: {
      state: maintenances.state,
      status: maintenances.status,
      resolve: async (node, payload) => (await maintenances.resolve(node, payload)).kind === 'result',
    },
    tell: ({ event, message }) => void world.log.push(`${event}: ${message}`),
    now: Date.now,
    watchEveryMs: 20,
  });
  return {
    ...real,
    // No guard runs here: who is held is asked of the nodes in work themselves.
    async watchWork({ nodes: names, held }) {
      for (;;) {
        const found: { node: NodeName; detail: string }[] = [];
        for (const node of names) {
          const status = await maintenances.status(node);
          if (status?.isHeld === true) found.push({ node, detail: status.waitsFor.join('; ') });
        }
        const isNews = found.map(({ node }) => node).join(' ') !== held.join(' ');
        if (isNews) return { held: found, isBreakerOpen: false, stalled: null };
        await heartbeats(100);
      }
    },
    findBrokenPods: async ({ before }) => (before === null ? [] : world.broken),
    async writeReport(report) {
      world.reports.push(report);
      return [];
    },
    async checkCluster({ moment }) {
      world.log.push(`checks ${moment}`);
      return world.checks;
    },
    lookAtApprovals: async () => world.approval,
  };
}
