/** Input, result, report and activity of the workflow `soakCluster`. Times in milliseconds since 1970. */

import { defineSignal } from '@temporalio/workflow';
import type { AlertSpan } from '../../domain/maintenance/alert-minutes.ts';
import type { Soak, SoakDemand, SoakState } from '../../domain/upgrade/soak.ts';

export interface SoakClusterInput extends SoakDemand {
  readonly cluster: string;
  readonly run: string;
  readonly stage: string;
  /** Id of the workflow that is told. Where it is gone, the soak ends. */
  readonly fleet: string;
}

/** It goes on until it is cancelled. */
export interface SoakClusterResult {
  readonly provenMs: number;
  readonly resets: number;
}

/** Payload of the signal `soakReported`: how the soak was at the last look. */
export interface SoakReport extends Pick<Soak, 'provenMs' | 'resets' | 'lastReset' | 'blindMs' | 'isAlerting'> {
  readonly cluster: string;
  readonly run: string;
  readonly state: SoakState;
  /** Why it has failed, or why its last look gave no answer; empty otherwise. */
  readonly detail: string;
  readonly lookedMs: number;
  /** From one look to the next; null before the first answer. */
  readonly intervalMs: number | null;
}

/** Sent at the first look, at each change, and at each look for as long as it is proven. */
export const soakReported = defineSignal<[SoakReport]>('soakReported');

export interface LookAtAlertsInput {
  /** Everything since then is asked for. */
  readonly sinceMs: number;
  /** Looks then; a past time means now. */
  readonly atMs: number;
  /** For the metrics of the maintainer; `newResets` are those since the look before. */
  readonly shown: {
    readonly provenMs: number;
    readonly remainingMs: number;
    readonly newResets: number;
    readonly isBlind: boolean;
  };
}

export interface LookAtAlertsResult {
  /** What is known since then; it may begin earlier. */
  readonly spans: readonly AlertSpan[];
  /** Why there is no answer; null where there is one. What is not answered is asked for again. */
  readonly problem: string | null;
  /** By the configuration of the cluster: until the next look, and how long a time may be unknown. */
  readonly intervalMs: number;
  readonly gapMaxMs: number;
}

export interface SoakActivities {
  lookAtAlerts(input: LookAtAlertsInput): Promise<LookAtAlertsResult>;
}
