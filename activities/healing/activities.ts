/** The healing activities: small steps that touch the cluster. Decisions are made by the workflow. */

import { activityInfo } from '@temporalio/activity';

import type {
  AnnotateNodeInput,
  AnnotateNodeResult,
  CleanUpCancelledInput,
  ConcludeHealingInput,
  ConcludeHealingResult,
  HealingActivities,
  ObserveNodeInput,
  ProofOfWindow,
  RecordHealingEventInput,
  RecordHealingEventResult,
  RefusalReports,
  WithRefusalReports,
} from '../../contracts/healing/activities.ts';
import { HEALING_SWITCH_ANNOTATION, HEALING_SWITCH_OFF } from '../../contracts/healing/names.ts';
import type { NodeObservation } from '../../domain/node/facts.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import type { TaintRemoval } from '../../kubernetes/nodes/nodes.ts';
import { askingCluster } from '../failures.ts';
import { attemptPod } from './attempt-pod.ts';
import { beginHealing } from './begin-healing.ts';
import { reportKeptTaint } from './cap-taint.ts';
import { showCondition } from './condition.ts';
import type { HealingActivityDeps } from './deps.ts';
import { recordHealEvent } from './events.ts';
import { removeAndJudge, removePodsOfNode } from './pod-removal.ts';

export function createHealingActivities(deps: HealingActivityDeps): WithRefusalReports<HealingActivities> {
  return {
    beginHealing: asking(deps, 'beginHealing', beginHealing),
    attemptPod: asking(deps, 'attemptPod', attemptPod),
    concludeHealing: asking(deps, 'concludeHealing', concludeHealing),
    annotateNode: asking(deps, 'annotateNode', annotateNode),
    recordHealingEvent: asking(deps, 'recordHealingEvent', recordHealingEvent),
    cleanUpCancelled: asking(deps, 'cleanUpCancelled', cleanUpCancelled),
    observeNode: asking(deps, 'observeNode', observeNode),
  };
}

/** The activity of that name: heartbeats, failures of the table, refusals counted and reported. */
function asking<Input, Result>(
  deps: HealingActivityDeps,
  step: keyof HealingActivities,
  run: (deps: HealingActivityDeps, input: Input) => Promise<Result>,
) {
  return (input: Input, reports?: RefusalReports): Promise<Result> =>
    askingCluster(() => run(deps, input), { reports, onRefused: () => deps.onStepRefused?.(step) });
}

async function observeNode(deps: HealingActivityDeps, { node, live }: ObserveNodeInput): Promise<NodeObservation> {
  const cached = live ? undefined : deps.informer.get(node);
  return cached === undefined ? deps.nodes.observe(node) : { kind: 'present', facts: cached };
}

async function recordHealingEvent(
  deps: HealingActivityDeps,
  input: RecordHealingEventInput,
): Promise<RecordHealingEventResult> {
  const { node, message, reason, attempt } = input;
  const news = reason === 'HealingStalled' ? 'Stalled' : 'Unproven';
  await showCondition(deps, { node, news, message, step: 'recordHealingEvent' });
  return { eventProblem: await recordHealEvent(deps, { node, reason, message, occasion: String(attempt) }) };
}

/** Used where an older worker decides the heal. */
const UNKNOWN_PROOF: ProofOfWindow = { proven: 0, attempts: 0, evidence: '' };

async function concludeHealing(
  deps: HealingActivityDeps,
  { node, previousPod, healedElsewhere }: ConcludeHealingInput,
): Promise<ConcludeHealingResult> {
  const { judgement } = await removeAndJudge(deps, previousPod);
  await removePodsOfNode(deps, node);
  if (healedElsewhere !== undefined) {
    await recordHealEvent(deps, { node, reason: 'HealedElsewhere', message: healedElsewhere });
  }
  const now = await deps.nodes.observeVersion(node.name);
  return { judgement, nodeVersion: now.version, node: now.node };
}

async function annotateNode(
  deps: HealingActivityDeps,
  { node, evidence, nodeVersion, proof = UNKNOWN_PROOF, refutedMs }: AnnotateNodeInput,
): Promise<AnnotateNodeResult> {
  const run = activityInfo().workflowExecution?.runId ?? '';
  const result = await deps.nodes.markHealed(node, { ...proof, run }, nodeVersion);
  const wasWritten = result.kind === 'node-changed' && (await isHealed(deps, node));
  if (result.kind !== 'annotated' && !wasWritten) return result;
  await showCondition(deps, { node, news: 'Healed', message: evidence, step: 'annotateNode' });
  const eventProblem = await recordHealEvent(deps, { node, reason: 'Healed', message: evidence });
  if (result.kind === 'annotated') await reportTaint(deps, { node, taint: result.taint });
  if (result.kind === 'annotated') deps.onHealed?.({ node, readyChangedMs: result.facts.readyChangedMs, refutedMs });
  return eventProblem === null ? { kind: 'annotated' } : { kind: 'annotated', eventProblem };
}

async function reportTaint(
  deps: HealingActivityDeps,
  { node, taint }: { readonly node: NodeRef; readonly taint: TaintRemoval | undefined },
): Promise<void> {
  if (taint === undefined) return;
  if (taint.kind === 'refused') return reportKeptTaint(deps, { node, message: taint.message });
  deps.onTaintRemoved?.('proven');
  const message = `the startup taint ${deps.taints?.key ?? ''} was removed with the mark`;
  await recordHealEvent(deps, { node, reason: 'StartupTaintRemoved', message });
}

/** Possibly by this activity itself, before a retry. */
async function isHealed(deps: HealingActivityDeps, node: NodeRef): Promise<boolean> {
  const now = await deps.nodes.observe(node.name);
  return now.kind === 'present' && now.facts.uid === node.uid && now.facts.mark === 'proven';
}

/** A node that is gone or another one needs no switch; its pods go in any case (H14). */
async function cleanUpCancelled(
  deps: HealingActivityDeps,
  { node, previousPod }: CleanUpCancelledInput,
): Promise<void> {
  await removeAndJudge(deps, previousPod);
  await removePodsOfNode(deps, node);
  const result = await deps.nodes.annotate(node, { [HEALING_SWITCH_ANNOTATION]: HEALING_SWITCH_OFF });
  if (result.kind !== 'annotated') return;
  const message = `healing was cancelled; remove the annotation ${HEALING_SWITCH_ANNOTATION} or run "vigilante heal" to heal the node`;
  await recordHealEvent(deps, { node, reason: 'HealingCancelled', message });
}
