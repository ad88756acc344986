/** Watches of the connectivity whose histories are recorded for replay. */

import {
  changePolicy,
  evaluateNow,
  pauseWatching,
  resumeWatching,
} from '../../contracts/connectivity/signals-and-queries.ts';
import type { ConnectivityPolicy } from '../../contracts/connectivity/watch-connectivity.ts';
import { WATCH_POLICY, type Watch } from '../integration/watch-connectivity/harness.ts';
import { failing, fine, unavailable } from '../integration/watch-connectivity/world.ts';

export interface WatchScenario {
  readonly name: string;
  readonly policy: Partial<ConnectivityPolicy>;
  /** Awaits the end of the part to record. */
  readonly play: (watch: Watch) => Promise<void>;
}

export const WATCH_SCENARIOS: readonly WatchScenario[] = [
  {
    name: 'alarmed-paused-cancelled',
    policy: { failuresToAlarm: 2, restartHealing: true },
    play: async ({ world, handle, evaluated }) => {
      await evaluated(3);
      world.answer = () => failing('lin-1', { node: 'win-1', os: 'windows' });
      await evaluated(5);
      await handle.executeUpdate(evaluateNow);
      await handle.signal(pauseWatching, { reason: 'recorded' });
      await handle.executeUpdate(evaluateNow);
      await handle.signal(changePolicy, { ...WATCH_POLICY, failuresToAlarm: 1 });
      await handle.signal(resumeWatching);
      world.answer = () => unavailable();
      await evaluated(7);
      world.answer = () => fine();
      await evaluated(9);
      await handle.cancel();
      await handle.result().catch(() => undefined);
    },
  },
];
