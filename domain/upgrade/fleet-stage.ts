/** What a run over several clusters is made of: stages, one after another. Times in milliseconds since 1970. */

import type { SoakDemand } from './soak.ts';

export const STAGE_APPROVALS = ['none', 'before'] as const;

export interface FleetStage {
  /** A DNS label; no other stage has it. */
  readonly name: string;
  /** No cluster is in two stages. */
  readonly clusters: readonly string[];
  /** Upgrades at a time. */
  readonly parallelMax: number;
  /** Before the next stage begins, and before the run ends. */
  readonly soak: SoakDemand | null;
  /** `before`: waits for the update `approveStage`. A cluster may demand its own approvals on top. */
  readonly approval: (typeof STAGE_APPROVALS)[number];
  readonly notBeforeMs: number | null;
}

/** What becomes of a cluster whose maintainer takes no work for five minutes. */
export const UNREACHABLE_POLICIES = ['halt', 'skip'] as const;

export interface FleetRules {
  readonly stages: readonly FleetStage[];
  readonly onUnreachable: (typeof UNREACHABLE_POLICIES)[number];
  /** Clusters of a stage that may fail without halting the run. */
  readonly clusterFailuresMax: number;
}
