/** Nodes in memory for `maintainNode` and `guardMaintenance`: their activities, and what was asked of them in order. */

import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { MaintenanceActivities } from '../../../contracts/maintenance/activities.ts';
import {
  GUARD_MAINTENANCE_WORKFLOW,
  guardMaintenanceWorkflowId,
  MAINTAIN_NODE_WORKFLOW,
  maintainNodeWorkflowId,
} from '../../../contracts/maintenance/names.ts';
import { askSlot, budgetStatus, returnSlot, slotGranted } from '../../../contracts/maintenance/signals-and-queries.ts';
import { maintenanceTaskQueue } from '../../../contracts/names.ts';
import type { MaintenanceMark, NodeFactsForMaintenance } from '../../../domain/maintenance/facts.ts';
import { judgeExpectation } from '../../../domain/maintenance/prove.ts';
import type { MaintenanceRules } from '../../../domain/maintenance/state.ts';
import type { NodeName, NodeRef } from '../../../domain/node/identity.ts';
import { countedNode, facts, type SeenNode, type SurveyRules, survey } from '../../fixtures/maintenance.ts';
import { nodeName, nodeUid } from '../../fixtures/nodes.ts';

/** Real time: the test server skips none while an activity is under way. */
export const QUICK_RULES: MaintenanceRules = {
  drainDeadlineMs: 60_000,
  actDeadlineMs: 60_000,
  returnWithinMs: 60_000,
  settleMs: 1,
};

type Scripted = { -readonly [Name in keyof MaintenanceActivities]?: MaintenanceActivities[Name] };

export interface MaintenanceWorld {
  readonly activities: MaintenanceActivities;
  /** Names of activities and nodes, in the order in which they were called. */
  readonly calls: string[];
  /** `reason: message` of each Event. */
  readonly events: string[];
  /** Nodes by name; tests replace them. */
  readonly nodes: Map<string, NodeFactsForMaintenance>;
  /** Keys of the acts that were begun, and how often each. */
  readonly acts: Map<string, number>;
  /** The most nodes that were marked at a time. */
  markedMax: number;
  rules: MaintenanceRules;
  /** Instead of what a healthy world does. */
  readonly scripted: Scripted;
  /** Null: the world grants each slot by itself. */
  budget: SurveyRules | null;
}

export function createMaintenanceWorld(client: Client, cluster: string): MaintenanceWorld {
  const world: MaintenanceWorld = {
    activities: {} as MaintenanceActivities,
    calls: [],
    events: [],
    nodes: new Map([['lin-1', facts()]]),
    acts: new Map(),
    markedMax: 0,
    rules: QUICK_RULES,
    scripted: {},
    budget: null,
  };
  const isKnown = (node: NodeRef) => hasSlot(client, cluster, node);
  const healthy = { ...nodeActivities(world, isKnown), ...guardActivities(world, client, cluster) };
  const recorded = Object.entries(healthy).map(([name, run]) => [name, recording(world, name, run)] as const);
  return Object.assign(world, { activities: Object.fromEntries(recorded) as unknown as MaintenanceActivities });
}

type AnyActivity = (input: never) => Promise<unknown>;

function recording(world: MaintenanceWorld, name: string, healthy: AnyActivity) {
  return async (input: { readonly node?: NodeRef }) => {
    const script = world.scripted[name as keyof MaintenanceActivities] as AnyActivity | undefined;
    world.calls.push(input.node === undefined ? name : `${name} ${input.node.name}`);
    return (script ?? healthy)(input as never);
  };
}

type GuardActivity = 'askSlot' | 'returnSlot' | 'surveyCluster' | 'recoverNode';

function nodeActivities(
  world: MaintenanceWorld,
  isKnown: (node: NodeRef) => Promise<boolean>,
): Omit<MaintenanceActivities, GuardActivity> {
  const lossOf = ({ name, uid }: NodeRef) => {
    const found = world.nodes.get(name);
    if (found === undefined) return { kind: 'gone' } as const;
    return found.uid === uid ? null : ({ kind: 'replaced', uid: found.uid } as const);
  };
  const nodeOf = (node: NodeRef) => world.nodes.get(node.name) ?? facts();
  const change = (node: NodeRef, changes: Partial<NodeFactsForMaintenance>) => {
    world.nodes.set(node.name, { ...nodeOf(node), ...changes });
    const marked = [...world.nodes.values()].filter(({ mark }) => mark !== null).length;
    world.markedMax = Math.max(world.markedMax, marked);
  };
  return {
    async observeNode({ node }) {
      return lossOf(node) ?? { kind: 'present', facts: nodeOf(node), rules: world.rules };
    },
    async markNode({ node, mark: given, cordons }) {
      if (world.budget !== null && !(await isKnown(node))) return { kind: 'no-slot' };
      const { kubelet, bootId, unschedulable } = nodeOf(node);
      const mark: MaintenanceMark = {
        ...given,
        kubelet,
        bootId,
        phase: 'draining',
        sinceMs: Date.now(),
        actingMs: null,
        cordoned: cordons,
        cordonedBefore: unschedulable,
        added: [],
      };
      change(node, { mark, ...(cordons ? { unschedulable: true, cordonIsOurs: true } : {}) });
      return { kind: 'marked', mark };
    },
    drainNode: async ({ node }) =>
      lossOf(node) ?? { kind: 'looked', end: 'drained', evicted: 2, left: [], hadVolumes: true },
    detachVolumes: async () => ({ left: [] }),
    async markActing({ node, mark: before }) {
      const mark: MaintenanceMark = { ...before, phase: 'acting', actingMs: Date.now() };
      change(node, { mark });
      return { kind: 'marked', mark };
    },
    async startAct({ node, executor, key }) {
      if (!world.acts.has(key)) change(node, { bootId: `boot-${world.acts.size + 2}` });
      world.acts.set(key, (world.acts.get(key) ?? 0) + 1);
      return { kind: 'started', handle: { executor, id: key } };
    },
    async watchNode({ node, baseline, expect }) {
      const loss = lossOf(node);
      if (loss !== null) return loss;
      const seen = nodeOf(node);
      const { isMet, missing } = judgeExpectation(expect, { baseline, facts: seen });
      if (isMet) return { kind: 'proven', facts: seen, ended: null };
      await heartbeats(50);
      return { kind: 'slice-over', facts: seen, missing, ended: null };
    },
    async giveBackNode({ node, uncordons }) {
      change(node, { mark: null, ...(uncordons ? { unschedulable: false } : {}) });
      return { kind: 'given-back', detail: uncordons ? 'uncordoned' : 'left cordoned', isCordonKept: !uncordons };
    },
    async recordMaintenance({ event, message }) {
      world.events.push(`${event}: ${message}`);
    },
  };
}

function guardActivities(
  world: MaintenanceWorld,
  client: Client,
  cluster: string,
): Pick<MaintenanceActivities, GuardActivity> {
  const guard = { workflowId: guardMaintenanceWorkflowId(cluster), taskQueue: maintenanceTaskQueue(cluster) };
  const signalGuard = { ...guard, args: [{ cluster }] as [{ cluster: string }] };
  return {
    async askSlot({ cluster: _, ...asked }) {
      if (world.budget === null) {
        await client.workflow.getHandle(asked.workflow).signal(slotGranted, { stage: asked.stage, reasons: [] });
        return;
      }
      const start = { ...signalGuard, signal: askSlot, signalArgs: [asked] as [typeof asked] };
      await client.workflow.signalWithStart(GUARD_MAINTENANCE_WORKFLOW, start);
    },
    async returnSlot({ node, outcome, held }) {
      if (world.budget === null) return;
      const start = {
        ...signalGuard,
        signal: returnSlot,
        signalArgs: [{ node, outcome, held }] as [{ node: NodeRef; outcome: typeof outcome; held: boolean }],
      };
      await client.workflow.signalWithStart(GUARD_MAINTENANCE_WORKFLOW, start);
    },
    async surveyCluster({ slots, requests }) {
      if (world.budget === null) throw new Error('the world has no budget');
      const seen = await Promise.all([...world.nodes].map((entry) => seenNode(client, cluster, entry)));
      const whole = survey(seen, world.budget, slots);
      const asked = requests.map(({ node }) => node);
      const isOf = ({ name, mark }: { name: NodeName; mark: unknown }) =>
        slots.includes(name) || asked.includes(name) || mark !== null;
      return { ...whole, nodes: whole.nodes.filter(isOf) };
    },
    async recoverNode(input) {
      await client.workflow.start(MAINTAIN_NODE_WORKFLOW, {
        workflowId: maintainNodeWorkflowId({ cluster, node: input.node.name }),
        taskQueue: maintenanceTaskQueue(cluster),
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [input],
      });
    },
  };
}

async function seenNode(
  client: Client,
  cluster: string,
  [name, node]: readonly [string, NodeFactsForMaintenance],
): Promise<SeenNode> {
  const { uid, zone, ready, unschedulable, mark } = node;
  const workflowId = maintainNodeWorkflowId({ cluster, node: nodeName(name) });
  const status = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => null);
  const workflow = status?.status.name === 'RUNNING' ? 'running' : 'closed';
  return { ...countedNode(name), uid, zone, ready, readyChangedMs: null, unschedulable, mark, workflow };
}

/** Whether the guard knows the slot, as the maintainer asks it before it marks a node. */
async function hasSlot(client: Client, cluster: string, { name }: NodeRef): Promise<boolean> {
  const status = await client.workflow.getHandle(guardMaintenanceWorkflowId(cluster)).query(budgetStatus);
  return status.slots.some(({ node }) => node.name === name);
}

/** Nodes of these names, in one zone. */
export function nodesOf(...names: readonly string[]): Map<string, NodeFactsForMaintenance> {
  return new Map(names.map((name) => [name, facts({ uid: nodeUid(`uid-of-${name}`) })]));
}

/** Until it is cancelled or the time is over: an activity that hears a cancellation has to show life. */
export async function heartbeats(forMs: number): Promise<void> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 20);
  try {
    await context.sleep(forMs);
  } finally {
    clearInterval(beat);
  }
}
