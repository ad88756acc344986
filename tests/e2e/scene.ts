/** A scene of maintenance: what is so before, what happens meanwhile, and what must be so afterwards. */

import type { Expectation, Purpose } from '../../domain/maintenance/facts.ts';
import type { NodeOutcomeKind } from '../../domain/maintenance/outcome.ts';
import type { Resolution, StepName } from '../../domain/maintenance/state.ts';
import type { MachineBehaviour } from '../../sandbox/machines/machine-behaviour.ts';
import type { AddNodeOptions } from '../../sandbox/nodes.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';

/** What a scene can do with its maintenance. */
export interface SceneHands {
  /** Waits until it is in this step. */
  reaches(step: StepName): Promise<void>;
  /** As a person does with a node that is held. */
  resolve(resolution: Resolution): Promise<void>;
}

export interface Scene {
  /** With the rule, and the number of the edge case in section 20 of the contract. */
  readonly title: string;
  readonly node: string;
  readonly machine?: MachineBehaviour;
  readonly options?: AddNodeOptions;
  readonly expect?: Partial<Expectation>;
  /** Default: by hand, which windows do not hold. */
  readonly purpose?: Purpose;
  readonly before?: (sandbox: Sandbox, node: string) => Promise<void>;
  /** The workflow is cancelled once it is in this step. */
  readonly cancelled?: Extract<StepName, 'drain' | 'prove'>;
  /** Once the node is marked. */
  readonly during?: (sandbox: Sandbox, node: string, hands: SceneHands) => Promise<void>;
  /** `held`: it goes on, the node is cordoned and keeps its slot. */
  readonly outcome: NodeOutcomeKind | 'held';
  readonly detail?: string;
  /** In what its steps say. */
  readonly said?: string;
  readonly isCordoned: boolean;
  /** Pods that acted on the node. */
  readonly acts: number;
  /** Labels `app` of pods that must be there afterwards, or must not. */
  readonly kept?: string;
  readonly evicted?: string;
  /** Status with which an eviction on this node was answered, by the audit log. */
  readonly answered?: number;
}
