/** The one table of failures that are thrown across a process border: whether to retry, and the HTTP status. */

export const FAILURES = {
  /** The API server could not be asked, or asked to be asked later: retried without end (H11). */
  ClusterUnreachable: { retryable: true, httpStatus: 503 },
  /** The API server said no where no refusal is expected, mostly a missing permission: retried until it is granted. */
  ClusterRefused: { retryable: true, httpStatus: 502 },
  /** The same, returned to the workflow once, so that it shows the refusal and then calls the activity again. */
  RefusalReported: { retryable: false, httpStatus: 502 },
  /** Temporal did not take a signal from an activity: retried, and due again later. */
  TemporalUnreachable: { retryable: true, httpStatus: 503 },
} as const satisfies Readonly<Record<string, { readonly retryable: boolean; readonly httpStatus: number }>>;

export type FailureType = keyof typeof FAILURES;
