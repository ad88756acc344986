/** Scenes of drains, and of people who cordon, uncordon and cancel meanwhile. */

import { MERGE_PATCH } from '../../sandbox/api-client.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import type { Scene } from './scene.ts';
import { addDaemon, addPod, endPod } from './scene-pods.ts';

export const DRAIN_SCENES: readonly Scene[] = [
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
    detail: 'default/never-met-needed: The disruption budget never-met-needed-1 needs 1 healthy pods and has 1',
    isCordoned: false,
    acts: 0,
    answered: 429,
  },
  {
    title: 'M14: a pod with two budgets can never be evicted',
    node: 'two-budgets',
    before: (sandbox, node) => addPod(sandbox, { node, name: 'torn', budgets: 2 }),
    outcome: 'undrained',
    detail: 'default/two-budgets-torn',
    isCordoned: false,
    acts: 0,
    answered: 500,
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
    answered: 201,
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
    title: 'M13: a mirror pod is left',
    node: 'mirror',
    before: (sandbox, node) =>
      addPod(sandbox, { node, name: 'static', annotations: { 'kubernetes.io/config.mirror': 'a-hash' } }),
    outcome: 'done',
    isCordoned: false,
    acts: 1,
    kept: 'mirror-static',
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
    cancelled: 'drain',
    outcome: 'aborted',
    isCordoned: false,
    acts: 0,
    kept: 'cancelled-before-needed',
  },
  {
    title: 'M17: after a cancellation during the act the node is proven first',
    node: 'cancelled-after',
    machine: 'returns-late:12s',
    cancelled: 'prove',
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
];

async function cordonByHand({ api }: Sandbox, node: string, unschedulable: true | null): Promise<void> {
  await api.demand('PATCH', `/api/v1/nodes/${node}?fieldManager=kubectl-cordon`, {
    body: { spec: { unschedulable } },
    contentType: MERGE_PATCH,
  });
}
