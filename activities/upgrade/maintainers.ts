/** Sees which clusters have no maintainer that takes work: their task queue is not polled. */

import { activityInfo, heartbeat, log, sleep } from '@temporalio/activity';
import pMap from 'p-map';
import { ACTIVITY_HEARTBEAT_MS } from '../../contracts/activity-liveness.ts';
import type { TellFleetInput } from '../../contracts/upgrade/upgrade-events.ts';
import type { FleetActivities } from '../../contracts/upgrade/upgrade-fleet.ts';
import { messageOf } from '../../domain/error-message.ts';

export interface MaintainersDeps {
  /** When somebody last asked for work on the queue of the cluster's maintainers; null where Temporal knows nobody. */
  readonly lastPollMs: (cluster: string) => Promise<number | null>;
  readonly now: () => number;
  /** So long nobody asks before a cluster counts as unreachable. */
  readonly silentMs: number;
  readonly lookEveryMs: number;
  /** Comes back after so long. */
  readonly sliceMs: number;
  readonly tell: (told: TellFleetInput) => void;
  /** Default: by the clock, with heartbeats. */
  readonly wait?: (forMs: number) => Promise<void>;
}

const CLUSTERS_AT_ONCE = 10;

export function createFleetActivities(deps: MaintainersDeps): FleetActivities {
  return {
    async watchMaintainers({ clusters, unreachable }) {
      const { now, silentMs, sliceMs, lookEveryMs, wait = waitAlive } = deps;
      const startedMs = now();
      // Temporal forgets who polled when it is restarted, so nobody is called silent for what was before.
      const heardMs = new Map(clusters.map((cluster) => [cluster, startedMs]));
      const isSilent = (cluster: string) => now() - (heardMs.get(cluster) ?? startedMs) >= silentMs;
      const known = new Set(unreachable);
      const heard = new Set<string>();
      for (;;) {
        await pMap(clusters, (cluster) => hear(deps, cluster, { heardMs, heard }), { concurrency: CLUSTERS_AT_ONCE });
        // One that is known to be silent stays so until it is heard.
        const silent = clusters.filter((one) => isSilent(one) || (known.has(one) && !heard.has(one)));
        const isChanged = silent.length !== known.size || silent.some((one) => !known.has(one));
        if (isChanged || now() - startedMs >= sliceMs) return { unreachable: silent };
        await wait(lookEveryMs);
      }
    },
    tellFleet: async (told) => deps.tell(told),
  };
}

interface Hearing {
  readonly heardMs: Map<string, number>;
  /** Clusters that were heard in this look or one before. */
  readonly heard: Set<string>;
}

async function hear({ lastPollMs, now, silentMs }: MaintainersDeps, cluster: string, hearing: Hearing): Promise<void> {
  try {
    const polledMs = await lastPollMs(cluster);
    if (polledMs === null || now() - polledMs >= silentMs) return;
    hearing.heardMs.set(cluster, polledMs);
    hearing.heard.add(cluster);
  } catch (error) {
    // Temporal does not answer: that says nothing of the maintainer.
    log.warn('who takes work is not known', { cluster, problem: messageOf(error), attempt: activityInfo().attempt });
    hearing.heardMs.set(cluster, now());
  }
}

async function waitAlive(forMs: number): Promise<void> {
  for (let leftMs = forMs; leftMs > 0; leftMs -= ACTIVITY_HEARTBEAT_MS) {
    heartbeat();
    await sleep(Math.min(leftMs, ACTIVITY_HEARTBEAT_MS));
  }
}
