/** Watches the nodes that an upgrade has in work: which of them did not come back, and whether the breaker is open. */

import { Context } from '@temporalio/activity';
import type { BudgetStatus } from '../../contracts/maintenance/guard-maintenance.ts';
import type {
  AwaitMaintenanceInput,
  WatchWorkInput,
  WatchWorkResult,
} from '../../contracts/upgrade/cluster-activities.ts';
import type { DecisionPayload } from '../../contracts/upgrade/cluster-status.ts';
import { cutText } from '../../domain/cut-text.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { pause } from '../../kubernetes/client/pause.ts';
import type { UpgradeActivityDeps } from './deps.ts';

const DETAIL_LENGTH_MAX = 300;

export async function watchWork(deps: UpgradeActivityDeps, input: WatchWorkInput): Promise<WatchWorkResult> {
  const { cancellationSignal } = Context.current();
  const startedMs = performance.now();
  for (;;) {
    const seen = await lookAtWork(deps, input.nodes);
    const tookMs = performance.now() - startedMs;
    const isOver = tookMs >= input.forMs || cancellationSignal.aborted;
    if (seen !== null && (isOver || isNews(input, seen, tookMs))) return seen;
    if (isOver) {
      const held = input.held.map((node) => ({ node, detail: '' }));
      const stalled = input.stalled === null ? null : 'no guard answers';
      return { held, isBreakerOpen: input.isBreakerOpen, stalled };
    }
    await pause(deps.watchEveryMs, cancellationSignal);
  }
}

/** Null where nobody answers for the guard. It keeps a slot as held until that is given back: the node itself says more. */
async function lookAtWork(
  { guard, maintenances }: UpgradeActivityDeps,
  nodes: readonly NodeName[],
): Promise<WatchWorkResult | null> {
  const status = await guard.status();
  if (status === null) return null;
  const candidates = status.slots.filter(({ held, node }) => held && nodes.includes(node.name));
  const held: { node: NodeName; detail: string }[] = [];
  for (const { node } of candidates) {
    const found = await maintenances.status(node.name);
    if (found?.isHeld !== true) continue;
    held.push({ node: node.name, detail: cutText(found.waitsFor.join('; '), DETAIL_LENGTH_MAX) });
  }
  return { held, isBreakerOpen: status.breaker.failures !== null, stalled: stalledBy(status, nodes) };
}

/** One that has a slot and does not wait will give it back by itself; then the next look of the guard decides. */
function stalledBy({ slots, waiting }: Pick<BudgetStatus, 'slots' | 'waiting'>, nodes: readonly NodeName[]) {
  const waits = waiting.filter(({ node, reasons }) => nodes.includes(node) && reasons.length > 0);
  const isWaiting = (name: NodeName) => waits.some(({ node }) => node === name);
  if (slots.some(({ node, held }) => !held && nodes.includes(node.name) && !isWaiting(node.name))) return null;
  const first = waits.find(({ stage }) => stage === 'act') ?? waits[0];
  if (first === undefined) return null;
  const why = first.reasons.map(({ detail }) => detail).join('; ');
  return cutText(`${first.node} waits for its ${first.stage === 'act' ? 'act' : 'slot'}: ${why}`, DETAIL_LENGTH_MAX);
}

function isNews(input: WatchWorkInput, seen: WatchWorkResult, tookMs: number): boolean {
  const { held, isBreakerOpen, stalled, reasonAfterMs } = input;
  const names = (list: readonly string[]) => [...list].sort().join(' ');
  return (
    isBreakerOpen !== seen.isBreakerOpen ||
    (stalled === null) !== (seen.stalled === null) ||
    (stalled !== seen.stalled && tookMs >= reasonAfterMs) ||
    names(held) !== names(seen.held.map(({ node }) => node))
  );
}

/** Somebody else has the node: a reboot, a person, or an earlier run. */
export async function awaitMaintenance(
  { maintenances, watchEveryMs }: UpgradeActivityDeps,
  { node, forMs }: AwaitMaintenanceInput,
): Promise<'closed' | 'running'> {
  const { cancellationSignal } = Context.current();
  const untilMs = performance.now() + forMs;
  for (;;) {
    if ((await maintenances.state(node)) === 'closed') return 'closed';
    if (performance.now() >= untilMs || cancellationSignal.aborted) return 'running';
    await pause(watchEveryMs, cancellationSignal);
  }
}

/** Who paused the maintenance of the cluster ends that pause, nobody else. */
export async function closeBreaker(
  { guard }: UpgradeActivityDeps,
  payload: DecisionPayload,
): Promise<'closed' | 'as-it-was'> {
  const status = await guard.status();
  if (status === null || status.pause !== null || status.breaker.failures === null) return 'as-it-was';
  await guard.resume(payload);
  return 'closed';
}
