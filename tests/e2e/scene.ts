/** A scene of maintenance: what is so before, what happens meanwhile, and what must be so afterwards. */

import type { Expectation } from '../../domain/maintenance/facts.ts';
import type { NodeOutcomeKind } from '../../domain/maintenance/outcome.ts';
import type { StepName } from '../../domain/maintenance/state.ts';
import type { MachineBehaviour } from '../../sandbox/machines/machine-behaviour.ts';
import type { AddNodeOptions } from '../../sandbox/nodes.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';

export interface Scene {
  /** With the rule, and the number of the edge case in section 20 of the contract. */
  readonly title: string;
  readonly node: string;
  readonly machine?: MachineBehaviour;
  readonly options?: AddNodeOptions;
  readonly expect?: Partial<Expectation>;
  readonly before?: (sandbox: Sandbox, node: string) => Promise<void>;
  /** The workflow is cancelled once it is in this step. */
  readonly cancelled?: Extract<StepName, 'drain' | 'prove'>;
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
