/** Keeps the heals of one profile: its nodes are watched and compared, its heals started and signalled. */

import type { Client } from '@temporalio/client';
import { planOf } from '../../config/policies/healing.ts';
import { healStartsOf } from '../../temporal/healing/heal-starts.ts';
import { healsOf } from '../../temporal/healing/heals.ts';
import type { TemporalContext } from '../../temporal/process.ts';
import type { Cluster, ProfileCluster } from '../cluster.ts';
import type { StarterMetrics } from '../starter-metrics.ts';
import { createForeignMarkStarts } from './foreign-mark-starts.ts';
import { createForeignMarks } from './foreign-marks.ts';
import { careOf } from './heal-care.ts';
import { NodeKeeper } from './node-keeper.ts';
import { createReconcileLoop } from './reconcile-loop.ts';

export interface KeptHealing {
  /** Runs until the signal of the context is aborted. */
  run(): Promise<void>;
  /** Null when the last comparison worked and is recent, else what is wrong. */
  problem(): string | null;
}

export function createKeptHealing(parts: {
  readonly context: TemporalContext;
  readonly cluster: Cluster;
  readonly of: ProfileCluster;
  readonly metrics: StarterMetrics;
  readonly client: Client;
}): KeptHealing {
  const { context, cluster, metrics, client } = parts;
  const { config, log, signal } = context;
  const { profile, informer, nodes, pods } = parts.of;
  const { annotation, foreignMark, retryAfterMs, intervalMs, windowMs } = profile.healing;
  const heals = healsOf(client, config.cluster, profile.name);
  const starts = healStartsOf(client, { cluster: config.cluster, annotation });
  const plan = planOf(profile, config.temporal);
  const { startsPerSecond, startsAtOnceMax, reconcileIntervalMs } = config.starter;
  const keeper = new NodeKeeper({
    heals,
    startHeal: (node) => starts.start(node, plan),
    informer,
    observe: (name) => nodes.observe(name),
    metrics,
    log,
    startsPerSecond,
    startsAtOnceMax,
    care: careOf(plan),
    foreignMarkStarts: createForeignMarkStarts({ pauseMs: retryAfterMs, nowMs: () => performance.now() }),
  });
  const loop = createReconcileLoop({
    keeper,
    informer,
    sweep: {
      pods,
      heals,
      log,
      nowMs: cluster.serverNowMs,
      intervalMs,
      onRemoved: () => metrics.countStrayPod(),
      onHeld: (count) => metrics.setPodsHeld(count),
    },
    foreignMarks: createForeignMarks({
      events: cluster.events,
      annotation,
      policy: foreignMark,
      log,
      onEventDropped: () => metrics.countEventDropped(),
    }),
    metrics,
    log,
    intervalMs: reconcileIntervalMs,
    healingWindowMs: windowMs,
  });
  return {
    problem: () => loop.problem(),
    async run() {
      const unsubscribe = informer.onChange((change) => keeper.nodeChanged(change));
      await loop.run(signal);
      unsubscribe();
      await keeper.stop();
    },
  };
}
