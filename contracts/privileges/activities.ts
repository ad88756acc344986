/** Inputs and results of the activities of privileges: what workflow and maintainer agree on. */

import type { PrivilegeRow, PrivilegesReport } from './watch-privileges.ts';

export type PrivilegesEvaluation =
  | {
      readonly kind: 'report';
      readonly report: PrivilegesReport;
      /** Until the next evaluation, by the configuration of the maintainer. */
      readonly intervalMs: number;
    }
  /** The declared file is refused: nothing is judged by half of it. */
  | { readonly kind: 'unavailable'; readonly message: string; readonly intervalMs: number };

export interface RecordPrivilegeDriftInput {
  /** When the report was made: with the row it names the Event, so that a retry writes none twice. */
  readonly atMs: number;
  readonly rows: readonly PrivilegeRow[];
}

export interface RecordPrivilegeDriftResult {
  /** Why the API server refused an Event, which is left out; null where it refused none. */
  readonly problem: string | null;
}

export interface PrivilegesActivities {
  /** Lists all pods, asks the collector what agents have read, and judges by the declared file. */
  evaluatePrivileges(): Promise<PrivilegesEvaluation>;
  /** An Event for each row, on the object that owns the worst of its pods. */
  recordPrivilegeDrift(input: RecordPrivilegeDriftInput): Promise<RecordPrivilegeDriftResult>;
}
