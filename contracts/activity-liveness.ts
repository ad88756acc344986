/** Heartbeats of all activities: their interval, their timeout and what they carry. */

/** An activity that takes longer than this sends heartbeats; a common attempt is over before. */
export const ACTIVITY_HEARTBEAT_MS = 3_000;
/** Without a heartbeat for this long the activity is given to another worker. */
export const ACTIVITY_HEARTBEAT_TIMEOUT_MS = 10_000;

/** Details of a heartbeat. Read by `vigilante status` and shown by the Temporal UI while the activity is under way. */
export interface ActivityHeartbeat {
  /** For people, such as a request that has waited long; null while nothing is waited for. */
  readonly waitsFor: string | null;
}
