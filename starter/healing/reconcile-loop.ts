/** The full comparison of nodes, heals and pods, again and again. */

import { messageOf } from '../../domain/error-message.ts';
import type { NodeFacts } from '../../domain/node/facts.ts';
import type { Log } from '../../runtime/log.ts';
import { pause } from '../../runtime/pause.ts';
import type { StarterMetrics } from '../starter-metrics.ts';
import { countMarks, type ForeignMarks } from './foreign-marks.ts';
import type { NodeKeeper } from './node-keeper.ts';
import { countNodeStates } from './node-states.ts';
import { createOverdueHeals } from './overdue-heals.ts';
import { type PodSweepDeps, sweepPods } from './pod-sweep.ts';

export interface ReconcileLoopDeps {
  readonly keeper: NodeKeeper;
  readonly informer: { list(): NodeFacts[] };
  readonly sweep: PodSweepDeps;
  readonly foreignMarks: ForeignMarks;
  readonly metrics: StarterMetrics;
  readonly log: Log;
  readonly intervalMs: number;
  readonly healingWindowMs: number;
}

export interface ReconcileLoop {
  /** Runs until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** Null when the last comparison worked and is recent, else what is wrong. */
  problem(): string | null;
}

/** After a failure the next one comes sooner. */
const RETRY_MS = 2_000;
/** A comparison that is older than this many intervals counts as missing. */
const AGE_INTERVALS_MAX = 3;
const AGE_MIN_MS = 60_000;

export function createReconcileLoop(deps: ReconcileLoopDeps): ReconcileLoop {
  const { keeper, informer, metrics, log, intervalMs } = deps;
  const overdue = createOverdueHeals(deps.healingWindowMs);
  let failure: string | null = 'nodes and heals were not compared yet';
  let succeededAtMs = performance.now();
  let unansweredPods: ReadonlySet<string> = new Set();
  const heldPods = new Set<string>();

  async function reconcile(signal: AbortSignal): Promise<boolean> {
    keeper.takeFailures();
    try {
      const openHeals = await keeper.reconcile();
      const nodes = informer.list();
      metrics.setNodeStates(countNodeStates(nodes, openHeals));
      metrics.setMarks(countMarks(nodes));
      metrics.setOverdue(overdue.count({ nodes, openHeals, nowMs: performance.now() }));
      metrics.countNotReady(nodes.filter((node) => node.windows && !node.ready).length);
      metrics.reconciled();
      if (failure !== null) log.info(`comparing ${nodes.length} Windows nodes with ${openHeals.size} running heals`);
      failure = null;
      succeededAtMs = performance.now();
      await deps.foreignMarks.report(nodes);
      await sweep(new Set(openHeals.keys()), signal);
      return keeper.takeFailures() === 0;
    } catch (error) {
      failure = `the heals cannot be listed: ${messageOf(error)}`;
      log.warn(`nodes and heals cannot be compared: ${messageOf(error)}; trying again`);
      return false;
    }
  }

  async function sweep(nodesWithHeal: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    try {
      unansweredPods = await sweepPods(deps.sweep, { nodesWithHeal, unansweredPods, heldPods, signal });
    } catch (error) {
      log.warn(`healing pods cannot be compared with the heals: ${messageOf(error)}`);
    }
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        const succeeded = await reconcile(signal);
        await pause(succeeded ? intervalMs : Math.min(RETRY_MS, intervalMs), signal);
      }
    },
    problem() {
      if (failure !== null) return failure;
      const ageMs = performance.now() - succeededAtMs;
      const isOld = ageMs > Math.max(AGE_MIN_MS, AGE_INTERVALS_MAX * intervalMs);
      return isOld ? `nodes and heals were last compared ${Math.round(ageMs / 1_000)} s ago` : null;
    },
  };
}
