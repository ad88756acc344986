/** Takes some nodes side by side, as far as the budget gives slots; begins no other while somebody has to decide. */

import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { NodeName } from '../../domain/node/identity.ts';
import { afterHeldLook, afterNode } from '../../domain/upgrade/node-endings.ts';
import { nowOf } from '../workflow-time.ts';
import { announce } from './announce.ts';
import { callOf } from './calls.ts';
import { change, type UpgradeSession } from './session.ts';
import { isUnwanted, type NodeStep, type QueuedStep, stopMaintenance, takeNode } from './take-node.ts';
import { showUpgrade } from './view.ts';

/** More than any budget: who waits for a slot costs an event now and then. */
const IN_WORK_MAX = 100;
const WATCH_SLICE_MS = 300_000;
const REASON_AFTER_MS = 60_000;
const BY = 'upgradeCluster';

/** Of what goes on beside: it fails the workflow where that is seen. */
interface Failure {
  error: Error | null;
}

function note(failure: Failure, error: unknown): void {
  failure.error = error instanceof Error ? error : new Error(String(error));
}

export async function takeNodes(session: UpgradeSession, steps: readonly NodeStep[]): Promise<void> {
  const nowMs = nowOf(session);
  const queue = steps.map((step, index) => ({ ...step, queuedMs: nowMs + index }));
  const stopped = new Set<NodeName>();
  const failure: Failure = { error: null };
  const watch = watchOf(session, steps, failure);
  try {
    for (;;) {
      if (failure.error !== null) throw failure.error;
      stopUnwanted(session, stopped, failure);
      while (queue.length > 0 && mayBegin(session)) begin(session, queue.shift(), failure);
      if (session.inWork.size === 0) break;
      showUpgrade(session);
      const { news } = session;
      await announce(session);
      await condition(() => session.news !== news || failure.error !== null);
    }
    session.stalled = null;
  } finally {
    watch.cancel();
  }
}

function mayBegin({ state, inWork, ...session }: UpgradeSession): boolean {
  const isPaused = state.pause !== null && nowOf(session) < state.pause.untilMs;
  return !state.isAborted && !isPaused && state.problems.length === 0 && inWork.size < IN_WORK_MAX;
}

function begin(session: UpgradeSession, step: QueuedStep | undefined, failure: Failure): void {
  if (step === undefined || session.state.passedOver.includes(step.node.name)) return;
  const { name } = step.node;
  session.inWork.add(name);
  const taken = takeNode(session, step).then((record) => change(session, (state) => afterNode(state, record)));
  void taken
    .catch((error: unknown) => note(failure, error))
    .finally(() => {
      session.inWork.delete(name);
      session.news += 1;
    });
}

/** Tells who of them is held, until it is cancelled. */
function watchOf(session: UpgradeSession, steps: readonly NodeStep[], failure: Failure): CancellationScope {
  const scope = new CancellationScope();
  void scope
    .run(() => watch(session, steps))
    .catch((error: unknown) => {
      if (!isCancellation(error)) note(failure, error);
    });
  return scope;
}

async function watch(session: UpgradeSession, steps: readonly NodeStep[]): Promise<never> {
  const nodes = steps.map(({ node }) => node.name);
  for (;;) {
    const held = session.state.problems.filter(({ kind }) => kind === 'held').map(({ node }) => node);
    const seen = await callOf('watchWork', {
      summary: 'which nodes do not come back?',
      input: {
        nodes,
        held: nodes.filter((node) => held.includes(node)),
        isBreakerOpen: session.isBreakerOpen,
        stalled: session.stalled,
        forMs: WATCH_SLICE_MS,
        reasonAfterMs: REASON_AFTER_MS,
      },
      takesMs: WATCH_SLICE_MS,
    });
    session.isBreakerOpen = seen.isBreakerOpen;
    session.stalled = seen.stalled;
    const inWork = seen.held.filter(({ node }) => session.inWork.has(node));
    change(session, (state, nowMs) => afterHeldLook(state, inWork, nowMs));
  }
}

/** Only maintenances that this run has begun. Who does not come back is given back all the same. */
function stopUnwanted(session: UpgradeSession, stopped: Set<NodeName>, failure: Failure): void {
  const { state, inWork, children } = session;
  for (const node of inWork) {
    if (!isUnwanted(session, node) || !children.has(node)) continue;
    const isHeld = state.problems.some((problem) => problem.node === node && problem.kind === 'held');
    if (isHeld) {
      const reason = state.isAborted ? 'the upgrade was aborted' : 'it was skipped';
      const input = { node, resolution: 'give-back', by: BY, reason } as const;
      const call = { summary: `give ${node} back`, input };
      callOf('resolveMaintenance', call).catch((error: unknown) => note(failure, error));
      change(session, (before) => ({ ...before, problems: before.problems.filter((one) => one.node !== node) }));
    } else if (!stopped.has(node)) {
      stopped.add(node);
      stopMaintenance(session, node);
    }
  }
}
