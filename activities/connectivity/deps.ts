/** What the connectivity activities need, handed in by the worker. */

import type { ConnectivityState, Evaluation } from '../../contracts/connectivity/watch-connectivity.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import type { NodeConditions } from '../../kubernetes/nodes/conditions.ts';
import type { Nodes } from '../../kubernetes/nodes/nodes.ts';
import type { EventDeps } from '../events.ts';

export interface EvaluationSample {
  readonly result: 'ok' | 'failing' | Extract<Evaluation['kind'], 'unavailable'>;
  /** State of the watch before this evaluation, and how long it holds. */
  readonly state: ConnectivityState;
  readonly intervalMs: number;
}

export interface CollectorAnswer {
  /** HTTP status. */
  readonly status: number;
  /** The parsed JSON; the text where it is none. */
  readonly body: unknown;
}

export interface ConnectivityActivityDeps extends EventDeps {
  readonly collector: {
    /** Where it asks, for people. */
    readonly url: string;
    /** Throws where no answer came. */
    ask(signal: AbortSignal): Promise<CollectorAnswer>;
  };
  readonly conditions: Pick<NodeConditions, 'write' | 'find'>;
  readonly nodes: Pick<Nodes, 'observe'>;
  /** Signal `restartHealing` with the start of a heal where none runs. */
  readonly restartHeal: (node: NodeRef, reason: string) => Promise<void>;
  /** The window of a heal: sooner it is not restarted again. */
  readonly healingWindowMs: number;
  /** Hooks for metrics. */
  readonly onEvaluation?: (sample: EvaluationSample) => void;
  /** The API server refused the condition of a node, which is tried again. */
  readonly onConditionRefused?: () => void;
}
