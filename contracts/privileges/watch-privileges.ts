/** Input, status and names of the workflow `watchPrivileges`. Times in milliseconds since 1970. */

import type { PrivilegesState } from '../../domain/privileges/messages.ts';
import type { PrivilegeRow, PrivilegesReport } from '../../domain/privileges/report.ts';

export type { PrivilegeRow, PrivilegesReport, PrivilegesState };

export const WATCH_PRIVILEGES_WORKFLOW = 'watchPrivileges';

export function watchPrivilegesWorkflowId(cluster: string): string {
  return `watch-privileges/${cluster}`;
}

/** Self-contained: a watch started by hand with the input of another one runs alike. */
export interface WatchPrivilegesInput {
  readonly cluster: string;
  /** Whether the search attributes are registered and may be written. */
  readonly searchAttributes: boolean;
}

/** Answer of the query `privilegesStatus`. */
export interface PrivilegesStatus {
  readonly cluster: string;
  readonly state: PrivilegesState;
  /** The newest that there was; null before the first. */
  readonly report: PrivilegesReport | null;
  /** Why the last evaluation gave none; null where it did. */
  readonly unavailable: string | null;
  /** Why an Event about a drift was not written; null where all were. */
  readonly writeProblem: string | null;
  readonly lastEvaluationMs: number | null;
  readonly nextEvaluationMs: number;
  readonly evaluations: number;
}
