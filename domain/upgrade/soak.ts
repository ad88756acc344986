/** Soak: how much time of a cluster is proven free of alerts. Durations in milliseconds. */

/** How long each cluster of a stage must be proven free of alerts before the next stage begins. */
export interface SoakDemand {
  readonly forMs: number;
  /** So many resets of a cluster halt the run. */
  readonly resetsMax: number;
  /** Counted from the beginning of the soak; then the run is halted. */
  readonly deadlineMs: number;
}
