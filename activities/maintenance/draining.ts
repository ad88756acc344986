/** Drains a node by evictions, round by round, and waits for its volumes. Each round begins with a list. */

import { Context } from '@temporalio/activity';
import pMap from 'p-map';

import type {
  DetachVolumesInput,
  DetachVolumesResult,
  DrainNodeInput,
  DrainNodeResult,
} from '../../contracts/maintenance/activities.ts';
import { type EvictionVerdict, evictionVerdict } from '../../domain/maintenance/eviction.ts';
import type { Purpose } from '../../domain/maintenance/facts.ts';
import {
  describeEnding,
  evictionOrder,
  isDeleted,
  type PodFacts,
  placeOf,
  podLabel,
} from '../../domain/maintenance/pods.ts';
import { pause } from '../../kubernetes/client/pause.ts';
import type { MaintenanceActivityDeps } from './deps.ts';
import { recordOnNode } from './node-events.ts';

/** The node itself is looked at in every so many rounds: whether it is there, and still cordoned. */
const ROUNDS_PER_LOOK = 6;
/** Texts are kept in the history. */
const LEFT_MAX = 20;
const DETACH_EVERY_MS = 5_000;

interface Progress {
  readonly purpose: Purpose;
  evicted: number;
  hadVolumes: boolean;
  /** Uids of pods that were asked to end. */
  readonly asked: Set<string>;
  /** Refused pods by uid: when they may be asked again, and the last refusal. */
  readonly refused: Map<string, { readonly againMs: number; readonly detail: string }>;
}

type Drained = Extract<DrainNodeResult, { kind: 'looked' }>;

export async function drainNode(
  deps: MaintenanceActivityDeps,
  { node, forMs, purpose }: DrainNodeInput,
): Promise<DrainNodeResult> {
  const { cancellationSignal, info } = Context.current();
  const untilMs = performance.now() + forMs;
  // An earlier try may have evicted pods that are gone by now.
  const hadVolumes = info.attempt > 1;
  const progress: Progress = { purpose, evicted: 0, hadVolumes, asked: new Set(), refused: new Map() };
  for (let round = 0; ; round += 1) {
    if (round % ROUNDS_PER_LOOK === 0) {
      const found = await deps.nodes.find(node);
      if (found.kind !== 'present') return found;
      if (!found.node.facts.unschedulable) return looked(progress, 'uncordoned', []);
    }
    const result = await drainRound(deps, progress, await deps.pods.list(node.name));
    if (result.end === 'drained') {
      const message = `${result.evicted} pods evicted in this slice`;
      await recordOnNode(deps, { node, event: 'Drained', message, key: info.workflowExecution?.runId ?? '' });
    }
    if (result.end !== 'slice-over') return result;
    if (performance.now() + deps.drainEveryMs >= untilMs) return result;
    await pause(deps.drainEveryMs, cancellationSignal);
    if (cancellationSignal.aborted) return result;
  }
}

/** `slice-over` where there is something left to wait for. */
async function drainRound(
  deps: MaintenanceActivityDeps,
  progress: Progress,
  pods: readonly PodFacts[],
): Promise<Drained> {
  const { drain } = deps.settings;
  const nowMs = deps.serverNowMs();
  const placed = pods.map((pod) => ({ pod, place: placeOf(pod, drain, nowMs) }));
  const obstacles = placed.flatMap(({ pod, place }) =>
    place.kind === 'in-the-way' ? [`${podLabel(pod)}: ${place.why}`] : [],
  );
  if (obstacles.length > 0) return looked(progress, 'in-the-way', obstacles);
  const leaving = placed.filter(({ place }) => place.kind === 'ending' || place.kind === 'evict').map(({ pod }) => pod);
  if (leaving.length === 0) return looked(progress, 'drained', []);
  if (leaving.some(({ hasClaims }) => hasClaims)) progress.hadVolumes = true;
  const due = dueNow(
    progress,
    placed.filter(({ place }) => place.kind === 'evict').map(({ pod }) => pod),
  );
  const verdicts = await pMap(
    due.slice(0, drain.parallel),
    async (pod) => ({ pod, verdict: await takeAway(deps, pod, progress.purpose) }),
    { concurrency: drain.parallel },
  );
  for (const { pod, verdict } of verdicts) note(progress, pod, verdict);
  const final = verdicts.flatMap(({ pod, verdict }) => finalVerdict(pod, verdict));
  const [first] = final;
  if (first !== undefined)
    return looked(
      progress,
      first.end,
      final.map(({ text }) => text),
    );
  return looked(
    progress,
    'slice-over',
    leaving.map((pod) => describeLeaving(pod, progress)),
  );
}

/** The one place that deletes a pod of others: never without its refused eviction. */
async function takeAway(
  { pods, settings }: MaintenanceActivityDeps,
  pod: PodFacts,
  purpose: Purpose,
): Promise<EvictionVerdict> {
  const verdict = evictionVerdict(await pods.evict(pod));
  const { force } = settings.drain;
  return isDeleted(pod, verdict, { force, purpose }) ? evictionVerdict(await pods.delete(pod)) : verdict;
}

/** Those that were refused longest ago go first after those that never were: no pod is starved by others' budgets. */
function dueNow({ refused }: Progress, pods: readonly PodFacts[]): readonly PodFacts[] {
  const againMs = ({ uid }: PodFacts) => refused.get(uid)?.againMs ?? 0;
  const due = evictionOrder(pods).filter((pod) => againMs(pod) <= performance.now());
  return due.toSorted((a, b) => againMs(a) - againMs(b));
}

function note(progress: Progress, { uid }: PodFacts, verdict: EvictionVerdict): void {
  switch (verdict.kind) {
    case 'accepted':
      progress.evicted += 1;
      progress.asked.add(uid);
      progress.refused.delete(uid);
      return;
    case 'gone':
      progress.refused.delete(uid);
      return;
    default: {
      const againInMs = verdict.kind === 'budget' ? verdict.againInMs : 1;
      progress.refused.set(uid, { againMs: performance.now() + againInMs, detail: verdict.detail });
    }
  }
}

interface FinalVerdict {
  readonly end: 'in-the-way' | 'forbidden';
  readonly text: string;
}

/** No waiting changes it. */
function finalVerdict(pod: PodFacts, verdict: EvictionVerdict): readonly FinalVerdict[] {
  if (verdict.kind === 'never') return [{ end: 'in-the-way', text: `${podLabel(pod)}: ${verdict.detail}` }];
  return verdict.kind === 'forbidden' ? [{ end: 'forbidden', text: verdict.detail }] : [];
}

function describeLeaving(pod: PodFacts, { asked, refused }: Progress): string {
  if (pod.ending !== null) return describeEnding(pod);
  if (asked.has(pod.uid)) return `${podLabel(pod)} was asked to end`;
  const detail = refused.get(pod.uid)?.detail;
  return detail === undefined ? `${podLabel(pod)} is still there` : `${podLabel(pod)}: ${detail}`;
}

function looked({ evicted, hadVolumes }: Progress, end: Drained['end'], left: readonly string[]): Drained {
  return { kind: 'looked', end, evicted, hadVolumes, left: left.slice(0, LEFT_MAX) };
}

/** Another node cannot have a volume before this one has let it go (tuppr #360). */
export async function detachVolumes(
  { volumes }: MaintenanceActivityDeps,
  { node, forMs }: DetachVolumesInput,
): Promise<DetachVolumesResult> {
  const { cancellationSignal } = Context.current();
  const untilMs = performance.now() + forMs;
  for (;;) {
    const left = await volumes.attachments(node.name);
    if (left.length === 0 || performance.now() >= untilMs || cancellationSignal.aborted) {
      return { left: left.slice(0, LEFT_MAX) };
    }
    await pause(Math.min(DETACH_EVERY_MS, forMs), cancellationSignal);
  }
}
