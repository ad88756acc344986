/** Input, status, messages and activities of the workflow `watchReboots`. Times in milliseconds since 1970. */

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Expectation } from '../../domain/maintenance/facts.ts';
import type { RebootsSeen } from '../../domain/maintenance/reboot-messages.ts';
import type { RebootRules } from '../../domain/maintenance/reboot-need.ts';
import type { RebootEnding } from '../../domain/maintenance/reboot-round.ts';
import type { RebootCandidate } from '../../domain/maintenance/reboots.ts';
import type { Pause } from '../../domain/maintenance/slots.ts';
import type { NodeRef } from '../../domain/node/identity.ts';

export const WATCH_REBOOTS_WORKFLOW = 'watchReboots';

export function watchRebootsWorkflowId(cluster: string): string {
  return `watch-reboots/${cluster}`;
}

/** Run that its maintenances belong to. */
export const REBOOTS_RUN = 'reboots';
/** On a node, with the value `required`: somebody asks for a reboot. Taken away once it was rebooted. */
export const REBOOT_ANNOTATION = 'vigilante-reboot';
export const REBOOT_REQUIRED = 'required';

export interface WatchRebootsInput {
  readonly cluster: string;
}

/** Nodes that need a reboot, of one look; more wait until these are done. */
export const CANDIDATES_MAX = 200;

export interface SurveyRebootsInput {
  /** Nodes that are remembered: they are answered although they need nothing. */
  readonly remembered: readonly NodeRef[];
  /** Nodes whose maintenance was started. */
  readonly asked: readonly NodeRef[];
  /** For the metrics of the maintainer: nodes that a reboot did not help, at the last look. */
  readonly ineffective: number;
}

export interface RebootSurvey {
  /** In the order in which they are rebooted, at most `CANDIDATES_MAX` beside those remembered. */
  readonly candidates: readonly RebootCandidate[];
  /** Nodes with a need, those included that are not among the candidates. */
  readonly requiredCount: number;
  /** Nodes of which no agent says whether they need one. */
  readonly unknownCount: number;
  /** Of the maintenances that were asked for, those that have ended. */
  readonly endings: readonly RebootEnding[];
  readonly rules: RebootRules;
  /** Name of an executor in the cluster's configuration. */
  readonly executor: string;
  readonly expect: Pick<Expectation, 'connectivity' | 'healing'>;
  /** Until the next look. */
  readonly intervalMs: number;
}

/** `uncleared`: the API server refused it; to be tried again. */
export type ClearRebootRequestResult = 'cleared' | 'node-gone' | 'uncleared';

export interface RebootActivities {
  /** Fails where the cluster, the collector or Temporal cannot be asked. */
  surveyReboots(input: SurveyRebootsInput): Promise<RebootSurvey>;
  /** Takes the annotation off the node; one that is not there is fine. */
  clearRebootRequest(node: NodeRef): Promise<ClearRebootRequestResult>;
}

/** Rows of a status; the counts are of all nodes. */
export const ROWS_SHOWN_MAX = 100;

/** Answer of the query `rebootStatus`, and of the update `evaluateNow`. */
export type RebootStatus = RebootsSeen;

/** Nothing is started until its end; what has begun goes on. A pause of more than 14 days ends after 14. */
export const pauseReboots = defineSignal<[Pause]>('pauseReboots');
/** Ends a pause, and looks at once. */
export const resumeReboots = defineSignal('resumeReboots');
export const rebootStatus = defineQuery<RebootStatus>('rebootStatus');
/** Looks now, and acts on what it sees unless it is paused. */
export const evaluateNow = defineUpdate<RebootStatus>('evaluateNow');

/** Failure type of `evaluateNow` where the cluster could not be looked at. */
export const NO_SURVEY = 'NoSurvey';
