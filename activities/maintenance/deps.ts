/** What the activities of maintenance need, handed in by the maintainer. Durations in milliseconds. */

import type { ReturnSlotInput, SurveyClusterInput } from '../../contracts/maintenance/activities.ts';
import type { AskSlotPayload, ReturnSlotPayload } from '../../contracts/maintenance/guard-maintenance.ts';
import type { MaintainNodeInput } from '../../contracts/maintenance/maintain-node.ts';
import type { RecordMaintenanceInput } from '../../contracts/maintenance/node-events.ts';
import type { LabelRequirement } from '../../domain/label-selector.ts';
import type { BudgetRules, Tallies } from '../../domain/maintenance/budget.ts';
import type { ControlPlaneVersion, NodeFactsForMaintenance, Purpose } from '../../domain/maintenance/facts.ts';
import type { DrainPolicy } from '../../domain/maintenance/pods.ts';
import type { Gate, Survey, SurveyedNode } from '../../domain/maintenance/survey.ts';
import type { Version } from '../../domain/maintenance/version.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';
import type { ActPods } from '../../kubernetes/maintenance/act-pods.ts';
import type { MaintenanceNodes } from '../../kubernetes/maintenance/nodes.ts';
import type { NodePods } from '../../kubernetes/maintenance/pods.ts';
import type { NodeVolumes } from '../../kubernetes/maintenance/volumes.ts';
import type { EventDeps } from '../events.ts';
import type { Executor } from './executor.ts';

export interface IgnoreRule {
  readonly requirements: readonly LabelRequirement[];
  readonly reason: string;
  readonly untilMs: number;
}

export interface MaintenanceSettings {
  readonly drain: DrainPolicy & { readonly deadlineMs: number; readonly parallel: number };
  readonly prove: { readonly returnWithinMs: number; readonly healingMs: number; readonly settleMs: number };
  readonly budget: BudgetRules & { readonly rules: Survey['rules'] };
  /** In the order of the configuration: a node belongs to the first that it matches. */
  readonly groups: readonly { readonly name: string; readonly requirements: readonly LabelRequirement[] }[];
  readonly ignore: readonly IgnoreRule[];
}

export interface SurveySample {
  readonly tallies: Tallies;
  /** The group of each node that is so. */
  readonly groups: Readonly<Record<'in-work' | 'waiting' | 'held' | 'cordoned-otherwise', readonly string[]>>;
  readonly shown: SurveyClusterInput['shown'];
  readonly nowMs: number;
}

export interface MaintenanceActivityDeps extends EventDeps {
  readonly settings: MaintenanceSettings;
  readonly nodes: MaintenanceNodes;
  readonly pods: NodePods;
  readonly volumes: NodeVolumes;
  readonly actPods: Pick<ActPods, 'deleteOf'>;
  /** By the names of the configuration. */
  readonly executors: ReadonlyMap<string, Executor>;
  /** What the agents of a node have reported since it booted and became Ready; unknown where nobody can be asked. */
  readonly reports: (
    node: NodeRef & Pick<NodeFactsForMaintenance, 'readyChangedMs' | 'bootId'>,
  ) => Promise<Pick<NodeFactsForMaintenance, 'agents' | 'sentinel'>>;
  /** The version of the API server of this node; null where there is none that answers. Never throws. */
  readonly controlPlaneOf: (node: NodeRef) => Promise<ControlPlaneVersion | null>;
  readonly gatesFor: (question: { readonly purpose: Purpose; readonly group: string }) => Promise<Gate>;
  readonly guard: {
    ask(asked: AskSlotPayload): Promise<void>;
    giveBack(returned: ReturnSlotPayload): Promise<void>;
    /** Whether the guard that runs knows of a slot of this node. */
    knows(node: NodeRef): Promise<boolean>;
  };
  readonly maintenances: {
    /** Finds it where it runs. */
    start(input: MaintainNodeInput): Promise<void>;
    state(node: NodeName): Promise<SurveyedNode['workflow']>;
    /** Tells all that run to ask the guard again where they wait for it. */
    wakeAll(): Promise<void>;
  };
  /** Has the healing of the node begin again, or for the first time. */
  readonly restartHeal: (node: NodeRef, reason: string) => Promise<void>;
  /** The clock of the API server, which wrote the times of the nodes. */
  readonly serverNowMs: () => number;
  /** From one look to the next of a drain, and at a node that is to be proven. */
  readonly drainEveryMs: number;
  readonly watchEveryMs: number;
  /** Tells others what was written on a node, and is not waited for (M48). */
  readonly notify?: (told: RecordMaintenanceInput) => void;
  /** Hooks for metrics. */
  readonly onSurvey?: (sample: SurveySample) => void;
  /** The versions of all kubelets that the look has read. */
  readonly onKubelets?: (versions: readonly Version[]) => void;
  readonly onEnding?: (ending: Pick<ReturnSlotInput, 'purpose' | 'outcome' | 'steps'>) => void;
}
