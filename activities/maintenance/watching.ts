/** Begins an act, and watches a node until all that is expected of it held for long enough (M18). */

import { Context } from '@temporalio/activity';

import type {
  ActInput,
  StartActResult,
  WatchNodeInput,
  WatchNodeResult,
} from '../../contracts/maintenance/activities.ts';
import type { WatchProgress } from '../../domain/maintenance/act-progress.ts';
import type { NodeFactsForMaintenance } from '../../domain/maintenance/facts.ts';
import { type ActWord, hasControlPlane, judgeAct, needsHealing } from '../../domain/maintenance/prove.ts';
import { ClusterError } from '../../kubernetes/client/cluster-error.ts';
import { pause } from '../../kubernetes/client/pause.ts';
import type { MaintenanceActivityDeps } from './deps.ts';
import { recordOnNode } from './node-events.ts';
import { executorOf, factsOf } from './observing.ts';

export async function startAct(deps: MaintenanceActivityDeps, act: ActInput): Promise<StartActResult> {
  const result = await executorOf(deps, act.executor, act.phase).start(act);
  if (result.kind === 'started') {
    const message = `${act.executor} acts on the node (${act.phase})`;
    await recordOnNode(deps, { node: act.node, event: 'ActStarted', message, key: act.key });
  }
  return result;
}

export async function watchNode(deps: MaintenanceActivityDeps, input: WatchNodeInput): Promise<WatchNodeResult> {
  const { node, settleMs, forMs } = input;
  const { cancellationSignal, info } = Context.current();
  const untilMs = performance.now() + forMs;
  const everyMs = Math.min(deps.watchEveryMs, Math.max(1, settleMs / 4));
  const settled = settling();
  const silence = silent(input.awayMs);
  let ended: WatchProgress['ended'] = null;
  for (;;) {
    const seen = await look(deps, input);
    if (seen.kind === 'away') {
      settled(false, null);
      const awayMs = silence(true);
      const isLong = awayMs >= input.awayMaxMs;
      const isOver = isLong || performance.now() + everyMs >= untilMs || cancellationSignal.aborted;
      if (isOver) return { kind: 'slice-over', facts: null, awayMs, missing: [seen.message], ended };
      await pause(everyMs, cancellationSignal);
      continue;
    }
    silence(false);
    if (seen.kind !== 'present') return seen;
    const { facts } = seen;
    ended ??= seen.ended;
    const act = actWord(input, ended);
    const { isMet, missing } = judgeAct(input.expect, { act, baseline: input.baseline, facts });
    if (input.asksForHealing && needsHealing(input.expect, { baseline: input.baseline, facts })) {
      return { kind: 'to-heal', facts, missing, ended };
    }
    if (settled(isMet, facts) >= settleMs && isMet) {
      const message = 'all that is expected of the node holds';
      await recordOnNode(deps, { node, event: 'NodeProven', message, key: info.workflowExecution?.runId ?? '' });
      return { kind: 'proven', facts, ended };
    }
    const isOver = performance.now() + everyMs >= untilMs || cancellationSignal.aborted;
    // From the end of the act the time to return counts: the workflow has to know of it.
    if (isOver || ended !== null) {
      return { kind: 'slice-over', facts, missing: isMet ? ['it has not settled yet'] : missing, ended };
    }
    await pause(everyMs, cancellationSignal);
  }
}

type Look =
  | Exclude<Awaited<ReturnType<typeof factsOf>>, { kind: 'present' }>
  | { readonly kind: 'present'; readonly facts: NodeFactsForMaintenance; readonly ended: WatchProgress['ended'] }
  | { readonly kind: 'away'; readonly message: string };

/** The API server that is asked may be the one that is exchanged: then it is expected to be away for a while (M33). */
async function look(deps: MaintenanceActivityDeps, input: WatchNodeInput): Promise<Look> {
  const isExchanged = hasControlPlane(input.expect);
  try {
    const seen = await factsOf(deps, input.node, isExchanged);
    return seen.kind === 'present' ? { ...seen, ended: await wordOf(deps, input) } : seen;
  } catch (error) {
    if (!isExchanged || !(error instanceof ClusterError) || error.failure.kind !== 'unreachable') throw error;
    return { kind: 'away', message: error.failure.message };
  }
}

function actWord({ handle, failure }: WatchNodeInput, ended: WatchProgress['ended']): ActWord {
  const failed = ended?.isOk === false ? ended.detail : failure;
  if (failed !== null) return { failed };
  return handle === null || ended !== null ? 'over' : 'running';
}

/** How long the expectation has been met; a Ready that changed in between begins again. */
function settling(): (isMet: boolean, facts: Pick<NodeFactsForMaintenance, 'readyChangedMs'> | null) => number {
  let sinceMs: number | null = null;
  let readyChangedMs: number | null = null;
  return (isMet, facts) => {
    const nowMs = performance.now();
    const changedMs = facts?.readyChangedMs ?? null;
    if (!isMet || sinceMs === null || changedMs !== readyChangedMs) sinceMs = isMet ? nowMs : null;
    readyChangedMs = changedMs;
    return sinceMs === null ? 0 : nowMs - sinceMs;
  };
}

/** How long nothing has answered, in a row. */
function silent(carriedMs: number): (isAway: boolean) => number {
  let sinceMs: number | null = carriedMs > 0 ? performance.now() - carriedMs : null;
  return (isAway) => {
    const nowMs = performance.now();
    sinceMs = isAway ? (sinceMs ?? nowMs) : null;
    return sinceMs === null ? 0 : Math.round(nowMs - sinceMs);
  };
}

/** The executor's word; null while it has said nothing. Nobody is asked where the act is not known. */
async function wordOf(
  { executors }: MaintenanceActivityDeps,
  { handle }: WatchNodeInput,
): Promise<WatchProgress['ended']> {
  const executor = handle === null ? undefined : executors.get(handle.executor);
  if (handle === null || executor === undefined) return null;
  const state = await executor.look(handle);
  return state.kind === 'running' ? null : { atMs: Date.now(), isOk: state.isOk, detail: state.detail };
}
