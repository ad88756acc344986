/** Nodes in memory for `maintainNode` and `guardMaintenance`: their activities, and what was asked of them in order. */

import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { MaintenanceActivities } from '../../../contracts/maintenance/activities.ts';
import type { MaintenanceMark, NodeFactsForMaintenance } from '../../../domain/maintenance/facts.ts';
import { judgeExpectation } from '../../../domain/maintenance/prove.ts';
import type { MaintenanceRules } from '../../../domain/maintenance/state.ts';
import type { NodeRef } from '../../../domain/node/identity.ts';
import { facts, type SurveyRules } from '../../fixtures/maintenance.ts';
import { nodeUid } from '../../fixtures/nodes.ts';
import { type GuardActivity, guardActivities, hasSlot } from './guard-world.ts';

/** Real time: the test server skips none while an activity is under way. */
export const QUICK_RULES: MaintenanceRules = {
  drainDeadlineMs: 60_000,
  actDeadlineMs: 60_000,
  returnWithinMs: 60_000,
  healingMs: 60_000,
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
    restartHealing: async () => undefined,
    async giveBackNode({ node, uncordons }) {
      change(node, { mark: null, ...(uncordons ? { unschedulable: false } : {}) });
      return { kind: 'given-back', detail: uncordons ? 'uncordoned' : 'left cordoned', isCordonKept: !uncordons };
    },
    async recordMaintenance({ event, message }) {
      world.events.push(`${event}: ${message}`);
    },
  };
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
