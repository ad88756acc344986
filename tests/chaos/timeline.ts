/** What happened when: printed while the run goes on, and around a violation. */

export interface TimelineEntry {
  readonly atMs: number;
  /** The node that it happened to; null for processes and parts. */
  readonly node: string | null;
  readonly text: string;
}

/** Time in which processes, parts or the network between them were not as they should be. */
export interface Disturbance {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Timeline {
  readonly beganMs: number;
  readonly entries: readonly TimelineEntry[];
  readonly disturbances: readonly Disturbance[];
  note(text: string, node?: string | null): void;
  /** The returned function ends it. */
  disturb(): () => void;
}

export function startTimeline(print: (line: string) => void): Timeline {
  const beganMs = Date.now();
  const entries: TimelineEntry[] = [];
  const disturbances: Disturbance[] = [];
  return {
    beganMs,
    entries,
    disturbances,
    note(text, node = null) {
      const entry = { atMs: Date.now(), node, text };
      entries.push(entry);
      print(timelineLine(entry, beganMs));
    },
    disturb() {
      const open = { fromMs: Date.now(), untilMs: Number.POSITIVE_INFINITY };
      disturbances.push(open);
      return () => {
        open.untilMs = Date.now();
      };
    },
  };
}

export function timelineLine({ atMs, node, text }: TimelineEntry, beganMs: number): string {
  const offset = `+${((atMs - beganMs) / 1_000).toFixed(1)}s`;
  return `${offset.padStart(8)}  ${node === null ? text : `${node}: ${text}`}`;
}

/** How much of the time from one moment to the other lies outside of all disturbances, each prolonged by `afterMs`. */
export function undisturbedMs(
  { fromMs, untilMs }: Disturbance,
  disturbances: readonly Disturbance[],
  afterMs: number,
): number {
  const sorted = disturbances
    .map((one) => ({ fromMs: one.fromMs, untilMs: one.untilMs + afterMs }))
    .toSorted((one, other) => one.fromMs - other.fromMs);
  let quietMs = 0;
  let reachedMs = fromMs;
  for (const one of sorted) {
    if (one.fromMs >= untilMs) break;
    quietMs += Math.max(0, one.fromMs - reachedMs);
    reachedMs = Math.max(reachedMs, one.untilMs);
  }
  return quietMs + Math.max(0, untilMs - reachedMs);
}
