/** The one table of failures that are thrown across a process border, and whether they are retried. */

export const FAILURES = {
  /** The API server could not be asked, or asked to be asked later: retried without end (H11). */
  ClusterUnreachable: { retryable: true },
  /** The API server said no where no refusal is expected, mostly a missing permission: retried until it is granted. */
  ClusterRefused: { retryable: true },
  /** The same, returned to the workflow once, so that it shows the refusal and then calls the activity again. */
  RefusalReported: { retryable: false },
  /** The worker's file has no such profile or endpoint: retried until a worker has it (E44). */
  ProfileUnknown: { retryable: true },
  /** The maintainer's file has no such executor, or it cannot do the phase: a person has to look. */
  ExecutorUnknown: { retryable: false },
  /** What acts on a node elsewhere gave no answer: asked again. */
  ExecutorUnreachable: { retryable: true },
  /** Temporal did not take a signal from an activity: retried, and due again later. */
  TemporalUnreachable: { retryable: true },
} as const satisfies Readonly<Record<string, { readonly retryable: boolean }>>;

export type FailureType = keyof typeof FAILURES;
