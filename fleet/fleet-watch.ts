/** Asks the runs over several clusters how far they are. No activity can say so: one that is halted performs none. */

import type { Log } from '../runtime/log.ts';
import { type Repeating, repeat } from '../runtime/repeat.ts';
import type { RunningFleets } from '../temporal/upgrade/fleets.ts';
import type { ShownRun } from './fleet-metrics.ts';

export interface FleetWatchParts {
  readonly fleets: RunningFleets;
  /** Of all that go on. Not called where Temporal does not answer. */
  readonly onRuns: (runs: readonly ShownRun[]) => void;
  readonly log: Pick<Log, 'warn'>;
  readonly everyMs: number;
}

/** From now on until it is stopped. */
export function watchFleets({ fleets, onRuns, log, everyMs }: FleetWatchParts): Repeating {
  return repeat(async () => {
    try {
      onRuns(await shownRuns(fleets));
    } catch (error) {
      log.warn({ error }, 'the runs over several clusters could not be asked how far they are');
    }
  }, everyMs);
}

async function shownRuns(fleets: RunningFleets): Promise<readonly ShownRun[]> {
  const shown: ShownRun[] = [];
  for (const run of await fleets.runs()) {
    const answer = await fleets.status(run);
    if (answer.kind === 'status') shown.push(answer.status);
    if (answer.kind === 'silent') shown.push({ run, state: 'silent', clusters: [] });
  }
  return shown;
}
