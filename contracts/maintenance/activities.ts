/**
 * Inputs and results of the activities of maintenance: what workflows and maintainer agree on. Expected outcomes are
 * return values; times in milliseconds since 1970.
 */

import type { WatchProgress } from '../../domain/maintenance/act-progress.ts';
import type {
  ActPhase,
  Baseline,
  Expectation,
  MaintenanceMark,
  NodeFactsForMaintenance,
  Purpose,
} from '../../domain/maintenance/facts.ts';
import type { DrainProgress, NodeLoss } from '../../domain/maintenance/progress.ts';
import type { WaitKind } from '../../domain/maintenance/slots.ts';
import type { ActHandle, MaintenanceRules, StepName } from '../../domain/maintenance/state.ts';
import type { Survey } from '../../domain/maintenance/survey.ts';
import type { NodeName, NodeRef } from '../../domain/node/identity.ts';
import type { AskSlotPayload, GuardMaintenanceInput, ReturnSlotPayload } from './guard-maintenance.ts';
import type { ActVersions, MaintainNodeInput } from './maintain-node.ts';
import type { RecordMaintenanceInput } from './node-events.ts';

export interface ObserveNodeInput {
  readonly node: NodeRef;
  /** Must be in the cluster's configuration, and do this phase; null is neither asked for. */
  readonly executor: string | null;
  readonly phase: ActPhase;
  /** Whether the API server of the node is asked for its version; left out: no. */
  readonly asksControlPlane?: boolean;
}

export type ObserveNodeResult =
  | NodeLoss
  | { readonly kind: 'present'; readonly facts: NodeFactsForMaintenance; readonly rules: MaintenanceRules };

export interface MarkNodeInput {
  readonly node: NodeRef;
  /** What the annotation says beside what the node is. */
  readonly mark: Pick<MaintenanceMark, 'run' | 'workflow' | 'group' | 'purpose' | 'expect'>;
  readonly cordons: boolean;
}

export type MarkNodeResult =
  | NodeLoss
  | { readonly kind: 'marked'; readonly mark: MaintenanceMark }
  /** The guard does not know the slot (M10). */
  | { readonly kind: 'no-slot' }
  /** `marked-before`: somebody else's mark is there. `dry-run`: this maintainer sends no write. */
  | { readonly kind: 'not-ready' | 'marked-before' | 'dry-run' };

export interface DetachVolumesInput {
  readonly node: NodeRef;
  /** Comes back after so long. */
  readonly forMs: number;
}

export interface DrainNodeInput extends DetachVolumesInput {
  /** Decides whether pods may be deleted that cannot be evicted (M13). */
  readonly purpose: Purpose;
}

export type DrainNodeResult =
  | NodeLoss
  | ({
      readonly kind: 'looked';
      /** `in-the-way`: it can never be drained. `uncordoned`: somebody wants its pods there. `forbidden`: a right is missing. */
      readonly end: 'drained' | 'slice-over' | 'in-the-way' | 'uncordoned' | 'forbidden';
    } & DrainProgress);

export interface DetachVolumesResult {
  /** Names of VolumeAttachments that are still there. */
  readonly left: readonly string[];
}

export interface MarkActingInput {
  readonly node: NodeRef;
  readonly mark: MaintenanceMark;
}

export type MarkActingResult =
  | NodeLoss
  | { readonly kind: 'marked'; readonly mark: MaintenanceMark }
  | { readonly kind: 'uncordoned' }
  /** Its mark is gone, or another one. */
  | { readonly kind: 'unmarked' };

export interface ActInput {
  readonly node: NodeRef;
  readonly run: string;
  readonly phase: ActPhase;
  readonly executor: string;
  readonly expect: Expectation;
  readonly versions?: ActVersions;
  /** Names the act: whoever starts it again finds the first one (M16). */
  readonly key: string;
}

export type StartActResult =
  | { readonly kind: 'started'; readonly handle: ActHandle }
  | { readonly kind: 'refused'; readonly detail: string };

export interface WatchNodeInput extends DetachVolumesInput {
  readonly baseline: Baseline;
  readonly expect: Expectation;
  readonly settleMs: number;
  /** Null where nobody knows the act, or its end is known. */
  readonly handle: ActHandle | null;
  /** What the executor said where the act is known to have failed; null otherwise. */
  readonly failure: string | null;
  /** Whether to come back where the healing of the node has to begin again. */
  readonly asksForHealing: boolean;
  /** How long the API server has not answered before, and after how long in all to come back with that (M33). */
  readonly awayMs: number;
  readonly awayMaxMs: number;
}

export type WatchNodeResult =
  | NodeLoss
  | ({ readonly kind: 'proven'; readonly facts: NodeFactsForMaintenance } & Pick<WatchProgress, 'ended'>)
  /** The machine was started again, and its pods have not proven their network since. */
  | ({ readonly kind: 'to-heal' } & WatchProgress)
  /** Also before its time where the act has ended. */
  | ({ readonly kind: 'slice-over' } & WatchProgress);

export interface GiveBackInput {
  readonly node: NodeRef;
  readonly mark: MaintenanceMark;
  /** Only a cordon of ours that nobody touched since (M12). */
  readonly uncordons: boolean;
}

export type GiveBackResult =
  | NodeLoss
  | {
      readonly kind: 'given-back';
      /** What was done, for people. */
      readonly detail: string;
      /** A cordon of others stays. */
      readonly isCordonKept: boolean;
    };

export interface RestartHealingInput {
  readonly node: NodeRef;
  readonly reason: string;
}

export interface ReturnSlotInput extends ReturnSlotPayload {
  readonly cluster: string;
  readonly purpose: Purpose;
  /** False where a guard that may not know is told again: then nothing is counted. */
  readonly isNews: boolean;
  /** For the metrics of the maintainer: how long each step took that has ended. Empty while the node is held. */
  readonly steps: readonly { readonly step: StepName; readonly tookMs: number }[];
}

export interface SurveyClusterInput {
  readonly slots: readonly NodeName[];
  readonly requests: readonly { readonly node: NodeName; readonly purpose: Purpose; readonly group: string }[];
  /** For the metrics of the maintainer. Held are nodes that did not come back. */
  readonly shown: {
    readonly held: readonly NodeName[];
    readonly isBreakerOpen: boolean;
    readonly pauseUntilMs: number | null;
    readonly waiting: readonly { readonly kind: WaitKind; readonly longestMs: number }[];
  };
}

export interface MaintenanceActivities {
  /** Fails where the configuration has no such executor, or it cannot do the phase (M55). */
  observeNode(input: ObserveNodeInput): Promise<ObserveNodeResult>;
  /** Signal `askSlot`, together with the start of the guard where none runs. */
  askSlot(input: AskSlotPayload & { readonly cluster: string }): Promise<void>;
  returnSlot(input: ReturnSlotInput): Promise<void>;
  markNode(input: MarkNodeInput): Promise<MarkNodeResult>;
  drainNode(input: DrainNodeInput): Promise<DrainNodeResult>;
  detachVolumes(input: DetachVolumesInput): Promise<DetachVolumesResult>;
  markActing(input: MarkActingInput): Promise<MarkActingResult>;
  startAct(input: ActInput): Promise<StartActResult>;
  watchNode(input: WatchNodeInput): Promise<WatchNodeResult>;
  /** Signal `restartHealing` to the heal of the node, with its start where none runs. */
  restartHealing(input: RestartHealingInput): Promise<void>;
  giveBackNode(input: GiveBackInput): Promise<GiveBackResult>;
  recordMaintenance(input: RecordMaintenanceInput): Promise<void>;
  surveyCluster(input: SurveyClusterInput): Promise<Survey>;
  /** Starts `maintainNode` in its recovering form; finds it where it runs. */
  recoverNode(input: MaintainNodeInput): Promise<void>;
  /** Signal `nodeNews` to all maintenances that run: whoever waits asks the guard again. */
  wakeMaintenances(input: GuardMaintenanceInput): Promise<void>;
}
