/**
 * Asks the upgrade of the cluster how far it is. No activity can say so: one that is halted, or waits for a person, performs
 * none. Each maintainer asks for itself, so that all show the same, also after a restart.
 */

import type { ConnectionLike } from '@temporalio/client';
import type { Registry } from 'prom-client';

import type { UpgradeClusterStatus } from '../contracts/upgrade/cluster-status.ts';
import type { Log } from '../runtime/log.ts';
import { type Repeating, repeat } from '../runtime/repeat.ts';
import { temporalClient } from '../temporal/client.ts';
import type { TemporalContext } from '../temporal/process.ts';
import { type ClusterUpgrade, clusterUpgradeOf } from '../temporal/upgrade/clusters.ts';
import { createUpgradeMetrics } from './upgrade-metrics.ts';

/** A query adds no event to the history, but counts as an action where Temporal is paid for by those. */
const ASK_EVERY_MS = 60_000;

export interface UpgradeWatchParts {
  readonly connection: ConnectionLike;
  readonly registry: Registry;
  readonly serverNowMs: () => number;
}

export function startUpgradeWatch(
  { config, log, temporal }: Pick<TemporalContext, 'config' | 'log' | 'temporal'>,
  { connection, registry, serverNowMs }: UpgradeWatchParts,
): Repeating {
  const upgrade = clusterUpgradeOf(temporalClient(connection, temporal.namespace), config.cluster);
  const onStatus = createUpgradeMetrics(registry, { intervalMs: ASK_EVERY_MS, serverNowMs });
  return watchUpgrade({ ask: () => upgrade.status(), onStatus, log, everyMs: ASK_EVERY_MS });
}

/** From now on until it is stopped. */
export function watchUpgrade({
  ask,
  onStatus,
  log,
  everyMs,
}: {
  readonly ask: ClusterUpgrade['status'];
  /** Null where no upgrade runs. Not called where nobody answers for the one that does. */
  readonly onStatus: (status: UpgradeClusterStatus | null) => void;
  readonly log: Pick<Log, 'warn'>;
  readonly everyMs: number;
}): Repeating {
  return repeat(async () => {
    try {
      const answer = await ask();
      if (answer.kind === 'not-running') onStatus(null);
      // A survey may have the id of the upgrade, too.
      if (answer.kind === 'status') onStatus(answer.status.mode === 'upgrade' ? answer.status : null);
    } catch (error) {
      log.warn({ error }, 'the upgrade of the cluster could not be asked how far it is');
    }
  }, everyMs);
}
