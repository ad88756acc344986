/** Scenes of maintenance: what is so before, what the machine does, and what must be so afterwards. */

import type { Expectation } from '../../domain/maintenance/facts.ts';
import type { NodeOutcomeKind } from '../../domain/maintenance/outcome.ts';
import { MERGE_PATCH } from '../../sandbox/api-client.ts';
import type { VigilanteConfig } from '../../sandbox/folder.ts';
import type { MachineBehaviour } from '../../sandbox/machines/machine-behaviour.ts';
import { REBOOT_EXECUTOR } from '../../sandbox/machines/maintenance-config.ts';
import { writeSentinel } from '../../sandbox/machines/sentinel.ts';
import type { AddNodeOptions } from '../../sandbox/nodes.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { REBOOT, version } from '../fixtures/maintenance.ts';
import { addDaemon, addPod, endPod } from './scene-pods.ts';

export interface Scene {
  /** With the rule, and the number of the edge case in section 20 of the contract. */
  readonly title: string;
  readonly node: string;
  readonly machine?: MachineBehaviour;
  readonly options?: AddNodeOptions;
  readonly expect?: Partial<Expectation>;
  readonly before?: (sandbox: Sandbox, node: string) => Promise<void>;
  /** The workflow is cancelled once the mark of the node has this phase. */
  readonly cancelled?: 'draining' | 'acting';
  /** Once the node is marked. */
  readonly during?: (sandbox: Sandbox, node: string) => Promise<void>;
  /** `held`: it goes on, the node is cordoned and keeps its slot. */
  readonly outcome: NodeOutcomeKind | 'held';
  readonly detail?: string;
  readonly isCordoned: boolean;
  /** Pods that acted on the node. */
  readonly acts: number;
  /** Labels `app` of pods that must be there afterwards, or must not. */
  readonly kept?: string;
  readonly evicted?: string;
}

/** The group of a node with this label has no other. */
const LONELY = 'lonely';
const NEXT = version('v1.36.4');

/** All nodes at once, and nothing opens the breaker: the scenes run side by side. */
export const SCENES_CONFIG: VigilanteConfig = {
  starter: { reconcileInterval: '2s' },
  maintenance: {
    enabled: true,
    budget: {
      cluster: { percent: 100 },
      groups: [
        { name: LONELY, selector: LONELY, max: 1 },
        { name: 'linux', selector: 'kubernetes.io/os=linux', max: { percent: 100 } },
      ],
      oneZoneAtATime: false,
      breaker: { failures: 100, unavailable: { percent: 100 } },
    },
    drain: { deadline: '30s' },
    prove: { settle: '6s', returnWithin: '25s' },
    gates: { alerts: { source: 'none' } },
    executors: { [REBOOT_EXECUTOR]: { kind: 'reboot', image: 'vigilante-reboot' } },
  },
};

/** The first nodes get an agent: the oldest ones, and of one second those whose names come first. */
export const WITH_AGENT = 3;

export const SCENES: readonly Scene[] = [
  {
    title: 'M18: a node whose agent reports again and whose sentinel is gone is given back',
    node: 'agent-reports',
    before: ({ layout }, node) => writeSentinel(layout, node),
    expect: { connectivity: 'required', sentinelGone: true },
    outcome: 'done',
    isCordoned: false,
    acts: 1,
  },
  {
    title: 'M18: an agent that is silent after the reboot keeps the node',
    node: 'agent-is-silent',
    machine: 'agent-silent',
    outcome: 'held',
    detail: 'its agents are',
    isCordoned: true,
    acts: 1,
  },
  {
    title: 'M18, M19: a sentinel that stays keeps the node where its end is expected',
    node: 'agent-sentinel',
    machine: 'sentinel-stays',
    before: ({ layout }, node) => writeSentinel(layout, node),
    expect: { sentinelGone: true },
    outcome: 'held',
    detail: 'the sentinel of a reboot is present',
    isCordoned: true,
    acts: 1,
  },
  { title: 'M18: a machine that reboots', node: 'reboots', outcome: 'done', isCordoned: false, acts: 1 },
  {
    title: 'M18: a kubelet that is exchanged',
    node: 'exchanged',
    expect: { kubelet: NEXT },
    outcome: 'done',
    isCordoned: false,
    acts: 1,
  },
  {
    title: 'M18: case 11, booted, and the kubelet is the old one',
    node: 'old-version',
    machine: 'old-version',
    expect: { kubelet: NEXT },
    outcome: 'held',
    detail: 'the kubelet is v1.36.3, not v1.36.4',
    isCordoned: true,
    acts: 1,
  },
  {
    title: 'M18: case 9, the act succeeded and nothing happened',
    node: 'lies',
    machine: 'lies',
    outcome: 'held',
    detail: 'the machine has not been started again',
    isCordoned: true,
    acts: 1,
  },
  {
    title: 'M18: case 10, the act failed and all is well',
    node: 'fails-but-done',
    machine: 'fails-but-done',
    outcome: 'done',
    isCordoned: false,
    acts: 1,
  },
  {
    title: 'M18: a node that flaps is given back when it has settled',
    node: 'flaps',
    machine: 'flaps',
    outcome: 'done',
    isCordoned: false,
    acts: 1,
  },
  {
    title: 'M19: case 2, a machine that never returns',
    node: 'never-returns',
    machine: 'never-returns',
    outcome: 'held',
    detail: 'the node is not Ready',
    isCordoned: true,
    acts: 1,
  },
  {
    title: 'M19: case 1, a machine that returns late is proven and given back by itself',
    node: 'returns-late',
    machine: 'returns-late:60s',
    outcome: 'done',
    detail: 'proven, late',
    isCordoned: false,
    acts: 1,
  },
  {
    title: 'M20: cases 3 and 31, a node that goes',
    node: 'gone',
    machine: 'gone',
    outcome: 'node-gone',
    isCordoned: false,
    acts: 0,
  },
  {
    title: 'M20: case 33, a node that is replaced is another node',
    node: 'replaced',
    machine: 'replaced',
    outcome: 'node-replaced',
    isCordoned: false,
    acts: 0,
  },
  {
    title: 'M12: case 4, a node that an admin had cordoned stays cordoned',
    node: 'cordoned-before',
    before: (sandbox, node) => cordonByHand(sandbox, node, true),
    outcome: 'done',
    detail: 'the cordon of others stays',
    isCordoned: true,
    acts: 1,
  },
  {
    title: 'M12: a node that an admin cordons meanwhile stays cordoned',
    node: 'cordoned-during',
    machine: 'returns-late:10s',
    during: async (sandbox, node) => {
      // A cordon over a cordon changes nothing: this one is taken away and set again before the act.
      await cordonByHand(sandbox, node, null);
      await cordonByHand(sandbox, node, true);
    },
    before: (sandbox, node) => addPod(sandbox, { node, name: 'slow', graceSeconds: 12 }),
    outcome: 'done',
    detail: 'the cordon of others stays',
    isCordoned: true,
    acts: 1,
  },
  {
    title: 'M12: case 5, a node that an admin uncordons meanwhile is not acted upon',
    node: 'uncordoned-during',
    before: (sandbox, node) => addPod(sandbox, { node, name: 'needed', budgets: 1 }),
    during: (sandbox, node) => cordonByHand(sandbox, node, null),
    outcome: 'undrained',
    detail: 'others uncordoned the node',
    isCordoned: false,
    acts: 0,
  },
  {
    title: 'M14: case 15, a budget that can never be met',
    node: 'never-met',
    before: (sandbox, node) => addPod(sandbox, { node, name: 'needed', budgets: 1 }),
    outcome: 'undrained',
    detail: 'default/never-met-needed',
    isCordoned: false,
    acts: 0,
  },
  {
    title: 'M14: a pod with two budgets can never be evicted',
    node: 'two-budgets',
    before: (sandbox, node) => addPod(sandbox, { node, name: 'torn', budgets: 2 }),
    outcome: 'undrained',
    detail: 'default/two-budgets-torn',
    isCordoned: false,
    acts: 0,
  },
  {
    title: 'M14: case 19, a pod that does not end is named with its finalizer',
    node: 'finalizer',
    before: (sandbox, node) => addPod(sandbox, { node, name: 'kept', finalizers: ['example.org/keep'] }),
    outcome: 'undrained',
    detail: 'held by example.org/keep',
    isCordoned: false,
    acts: 0,
  },
  {
    title: 'M14: a pod that is not safe to evict',
    node: 'unsafe',
    before: (sandbox, node) =>
      addPod(sandbox, {
        node,
        name: 'precious',
        annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' },
      }),
    outcome: 'undrained',
    detail: 'not safe to evict',
    isCordoned: false,
    acts: 0,
  },
  {
    title: 'M13: a pod without a controller is evicted',
    node: 'orphan',
    before: (sandbox, node) => addPod(sandbox, { node, name: 'alone' }),
    outcome: 'done',
    isCordoned: false,
    acts: 1,
    evicted: 'orphan-alone',
  },
  {
    title: 'M13: a pod with an emptyDir is evicted',
    node: 'empty-dir',
    before: (sandbox, node) =>
      addPod(sandbox, { node, name: 'scratch', spec: { volumes: [{ name: 'a', emptyDir: {} }] } }),
    outcome: 'done',
    isCordoned: false,
    acts: 1,
    evicted: 'empty-dir-scratch',
  },
  {
    title: 'M13: a pod that the node owns is left',
    node: 'owner',
    before: async (sandbox, node) => {
      const uid = (await sandbox.getNode(node))?.uid ?? '';
      await addPod(sandbox, { node, name: 'own', owner: { apiVersion: 'v1', kind: 'Node', name: node, uid } });
    },
    outcome: 'done',
    isCordoned: false,
    acts: 1,
    kept: 'owner-own',
  },
  {
    title: 'M13: a pod of a DaemonSet is left',
    node: 'daemon',
    before: addDaemon,
    outcome: 'done',
    isCordoned: false,
    acts: 1,
    kept: 'daemon-set',
  },
  {
    title: 'M13: a pod that has ended is left',
    node: 'ended',
    before: async (sandbox, node) => {
      await addPod(sandbox, { node, name: 'over' });
      await endPod(sandbox, 'ended-over');
    },
    outcome: 'done',
    isCordoned: false,
    acts: 1,
    kept: 'ended-over',
  },
  {
    title: 'M17: a cancellation before the act undoes what was done',
    node: 'cancelled-before',
    before: (sandbox, node) => addPod(sandbox, { node, name: 'needed', budgets: 1 }),
    cancelled: 'draining',
    outcome: 'aborted',
    isCordoned: false,
    acts: 0,
    kept: 'cancelled-before-needed',
  },
  {
    title: 'M17: after a cancellation during the act the node is proven first',
    node: 'cancelled-after',
    machine: 'returns-late:12s',
    cancelled: 'acting',
    outcome: 'done',
    detail: 'cancelled after the act had begun',
    isCordoned: false,
    acts: 1,
  },
  {
    title: 'M15: case 19, a pod takes its grace, and is gone before the act',
    node: 'graceful',
    before: (sandbox, node) => addPod(sandbox, { node, name: 'slow', graceSeconds: 12 }),
    outcome: 'done',
    isCordoned: false,
    acts: 1,
  },
  {
    title: 'M24: case 30, a node that was not Ready before is left alone',
    node: 'not-ready',
    options: { ready: false },
    outcome: 'not-ready-before',
    isCordoned: false,
    acts: 0,
  },
  {
    title: 'M5, M18: a node that is as expected is not touched',
    node: 'as-expected',
    expect: { kubelet: version('v1.36.3'), bootIdChanged: false },
    outcome: 'already-done',
    isCordoned: false,
    acts: 0,
  },
];

/** M22: case 34, its maintenance waits for ever. */
export const LAST_NODE = { name: 'last-node', labels: { [LONELY]: '' } } as const;

export function expectationOf({ expect = {} }: Scene): Expectation {
  return { ...REBOOT, ...expect };
}

export async function cordonByHand({ api }: Sandbox, node: string, unschedulable: true | null): Promise<void> {
  await api.demand('PATCH', `/api/v1/nodes/${node}?fieldManager=kubectl-cordon`, {
    body: { spec: { unschedulable } },
    contentType: MERGE_PATCH,
  });
}
