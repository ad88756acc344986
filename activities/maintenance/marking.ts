/** Marks and cordons a node, lets the mark say that it is acted upon, and gives the node back (M11, M12). */

import { Context } from '@temporalio/activity';

import type {
  GiveBackInput,
  GiveBackResult,
  MarkActingInput,
  MarkActingResult,
  MarkNodeInput,
  MarkNodeResult,
} from '../../contracts/maintenance/activities.ts';
import type { MaintenanceMark } from '../../domain/maintenance/facts.ts';
import { isOfDryRun } from '../../kubernetes/client/cluster-error.ts';
import type { MaintenanceNode } from '../../kubernetes/maintenance/node-facts.ts';
import { annotationsToAdd, markChange, unmarkChange } from '../../kubernetes/maintenance/nodes.ts';
import type { MaintenanceActivityDeps } from './deps.ts';
import { groupOf } from './groups.ts';
import { recordOnNode } from './node-events.ts';

export async function markNode(deps: MaintenanceActivityDeps, input: MarkNodeInput): Promise<MarkNodeResult> {
  try {
    return await markOnce(deps, input);
  } catch (error) {
    if (isOfDryRun(error)) return { kind: 'dry-run' };
    throw error;
  }
}

async function markOnce(deps: MaintenanceActivityDeps, input: MarkNodeInput): Promise<MarkNodeResult> {
  const { node, mark: given, cordons } = input;
  const answer: { result: MarkNodeResult } = { result: { kind: 'no-slot' } };
  const found = await deps.nodes.change(node, async (seen) => {
    const before = seen.facts.mark;
    if (before !== null) {
      // Written by an earlier try of this activity.
      const isOurs = before !== 'unreadable' && before.workflow === given.workflow;
      answer.result = isOurs ? { kind: 'marked', mark: before } : { kind: 'marked-before' };
      return null;
    }
    answer.result = seen.facts.ready ? { kind: 'no-slot' } : { kind: 'not-ready' };
    // The last question before the patch: no cordon without a slot (M10).
    if (!seen.facts.ready || !(await deps.guard.knows(node))) return null;
    const group = groupOf(deps.settings, seen.labels) ?? given.group;
    const mark = newMark(seen, { given: { ...given, group }, cordons, nowMs: deps.serverNowMs() });
    answer.result = { kind: 'marked', mark };
    return markChange(mark);
  });
  if (found.kind !== 'present') return found;
  const { result } = answer;
  if (result.kind === 'marked') {
    await recordOnNode(deps, { node, event: 'MaintenanceStarted', message: startMessage(result.mark), key: runKey() });
  }
  return result;
}

function newMark(
  seen: MaintenanceNode,
  {
    given,
    cordons,
    nowMs,
  }: { readonly given: MarkNodeInput['mark']; readonly cordons: boolean; readonly nowMs: number },
): MaintenanceMark {
  const { kubelet, bootId, unschedulable } = seen.facts;
  return {
    ...given,
    kubelet,
    bootId,
    phase: 'draining',
    sinceMs: nowMs,
    actingMs: null,
    cordoned: cordons && !unschedulable,
    cordonedBefore: unschedulable,
    added: annotationsToAdd(seen),
  };
}

function startMessage({ purpose, run, cordoned, cordonedBefore }: MaintenanceMark): string {
  const cordon = cordoned ? ', cordoned' : cordonedBefore ? ', cordoned by others before' : '';
  return `${purpose} of run ${run} begins${cordon}`;
}

export async function markActing(
  deps: MaintenanceActivityDeps,
  { node, mark }: MarkActingInput,
): Promise<MarkActingResult> {
  let result: MarkActingResult = { kind: 'unmarked' };
  const found = await deps.nodes.change(node, async ({ facts }) => {
    const isOurs = facts.mark !== null && facts.mark !== 'unreadable' && facts.mark.workflow === mark.workflow;
    const isUncordoned = (mark.cordoned || mark.cordonedBefore) && !facts.unschedulable;
    if (!isOurs || isUncordoned) {
      result = isOurs ? { kind: 'uncordoned' } : { kind: 'unmarked' };
      return null;
    }
    const acting: MaintenanceMark = { ...mark, phase: 'acting', actingMs: deps.serverNowMs() };
    result = { kind: 'marked', mark: acting };
    const { annotations = {} } = markChange(acting);
    return { annotations };
  });
  return found.kind === 'present' ? result : found;
}

export async function giveBackNode(deps: MaintenanceActivityDeps, input: GiveBackInput): Promise<GiveBackResult> {
  const { node, mark, uncordons } = input;
  let detail = 'it was given back before';
  let isCordonKept = false;
  const found = await deps.nodes.change(node, async ({ facts }) => {
    if (facts.mark === null) return null;
    // Others may have wanted the cordon before, or since.
    const isOurCordon = facts.unschedulable && mark.cordoned && facts.cordonIsOurs;
    isCordonKept = uncordons && facts.unschedulable && !isOurCordon;
    detail = describeGiveBack({ uncordons, isOurCordon, isCordonKept });
    return unmarkChange(mark, { uncordons: uncordons && isOurCordon });
  });
  await deps.actPods.deleteOf(node);
  if (found.kind !== 'present') return found;
  await recordOnNode(deps, { node, event: 'NodeGivenBack', message: detail, key: runKey() });
  if (isCordonKept) await recordOnNode(deps, { node, event: 'CordonKept', message: detail, key: runKey() });
  return { kind: 'given-back', detail, isCordonKept };
}

function describeGiveBack({
  uncordons,
  isOurCordon,
  isCordonKept,
}: {
  readonly uncordons: boolean;
  readonly isOurCordon: boolean;
  readonly isCordonKept: boolean;
}): string {
  if (!uncordons) return 'left cordoned';
  if (isCordonKept) return 'the cordon of others stays';
  return isOurCordon ? 'uncordoned' : 'it was not cordoned any more';
}

/** One Event for each run of the workflow. */
function runKey(): string {
  return Context.current().info.workflowExecution?.runId ?? '';
}
