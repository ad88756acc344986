/** Invariant a: each annotation by a worker against the histories, the audit log and the ends of the pods. */

import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION } from '../../contracts/healing/names.ts';
import type { AuditEvent } from '../../sandbox/audit.ts';
import { WORKER } from '../e2e/audit-attempts.ts';
import type { ChaosFacts } from './facts.ts';
import type { Finding, Violation } from './finding.ts';
import type { WorkflowRun } from './heal-runs.ts';
import type { ChaosPodLife } from './pod-lives.ts';

/** The newest proof of a healed node is at most this many intervals old (H6). */
const PROOF_AGE_INTERVALS_MAX = 2;

const NodeSchema = z.object({
  metadata: z.object({ uid: z.string() }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })) }),
});
const PatchSchema = z.object({ metadata: z.object({ annotations: z.record(z.string(), z.string().nullable()) }) });

interface Annotation {
  readonly node: string;
  readonly nodeUid: string;
  readonly atMs: number;
}

/** From one change of a node's Ready to the next. */
interface ReadyChange {
  readonly nodeUid: string;
  readonly ready: boolean;
  readonly atMs: number;
}

type Needed = Pick<ChaosFacts, 'events' | 'runs' | 'policy'>;

/** Also names the nodes that were annotated, each as often as it was. */
export function judgeAnnotations(
  facts: Needed,
  lives: readonly ChaosPodLife[],
): Finding & { readonly subjects: readonly string[] } {
  const annotations = facts.events.flatMap(annotationOf);
  const changes = readyChanges(facts.events);
  const violations = annotations.flatMap((annotation): Violation[] => {
    const ofNode = changes.filter(({ nodeUid, atMs }) => nodeUid === annotation.nodeUid && atMs <= annotation.atMs);
    return problems(annotation, { facts, lives, changes: ofNode }).map((what) => ({ ...annotation, what }));
  });
  const subjects = annotations.map(({ node }) => node);
  return { invariant: 'a', checked: annotations.length, of: 'annotations by a worker', violations, subjects };
}

function problems(
  { node, nodeUid, atMs }: Annotation,
  known: {
    readonly facts: Needed;
    readonly lives: readonly ChaosPodLife[];
    readonly changes: readonly ReadyChange[];
  },
): readonly string[] {
  const { policy, runs } = known.facts;
  const last = known.changes.at(-1);
  if (last?.ready === false) return [`annotated ${atMs - last.atMs} ms after it became NotReady`];
  const cause = lastAnnotating(runs, node, atMs);
  if (cause === null) return ['annotated, but no history asks for it'];
  const begin = cause.run.begins.findLast(({ completedMs }) => completedMs <= cause.scheduledMs);
  if (begin === undefined) return ['annotated by a heal that had not begun'];
  const windowBeganMs = Math.max(begin.completedMs, last?.atMs ?? 0);
  const podsCountMs = Math.max(begin.scheduledMs, last?.atMs ?? 0);
  const proofs = known.lives.filter(
    (life) =>
      life.nodeUid === nodeUid && life.proven && life.createdMs >= podsCountMs && (life.goneMs ?? atMs + 1) <= atMs,
  );
  const proofAgeMs = ageOfProof(cause, Math.max(...proofs.map(({ goneMs }) => goneMs ?? 0)));
  return [
    ...(atMs - windowBeganMs < policy.windowMs
      ? [`annotated ${atMs - windowBeganMs} ms after its window began, which is ${policy.windowMs} ms long`]
      : []),
    ...(proofs.length < policy.provenPodsMin
      ? [`annotated with ${proofs.length} proven pods of ${policy.provenPodsMin}`]
      : []),
    ...(proofs.length > 0 && proofAgeMs > PROOF_AGE_INTERVALS_MAX * policy.intervalMs
      ? [`it was decided to annotate ${proofAgeMs} ms after the newest proof`]
      : []),
  ];
}

/**
 * By the clock of the workflow, which stands still between its tasks, so that a slow machine makes no proof older: from
 * the task that learned of the proof to the one that asked for the annotation.
 */
function ageOfProof({ run, scheduledMs }: Cause, provedMs: number): number {
  const reportedMs = run.activityEnds.find((endMs) => endMs >= provedMs) ?? scheduledMs;
  const learnedMs = run.taskStarts.find((startMs) => startMs >= reportedMs) ?? scheduledMs;
  const decidedMs = run.taskStarts.findLast((startMs) => startMs <= scheduledMs) ?? scheduledMs;
  return decidedMs - learnedMs;
}

interface Cause {
  readonly run: WorkflowRun;
  readonly scheduledMs: number;
}

function lastAnnotating(runs: readonly WorkflowRun[], node: string, untilMs: number): Cause | null {
  const causes = runs
    .filter((run) => run.node === node)
    .flatMap((run) => run.annotations.map((scheduledMs) => ({ run, scheduledMs })))
    .filter(({ scheduledMs }) => scheduledMs <= untilMs)
    .toSorted((one, other) => one.scheduledMs - other.scheduledMs);
  return causes.at(-1) ?? null;
}

function annotationOf(event: AuditEvent): Annotation[] {
  const { verb, resource, subresource, user, code, name } = event;
  if (verb !== 'patch' || resource !== 'nodes' || subresource !== null || user !== WORKER || code !== 200) return [];
  const patch = PatchSchema.safeParse(event.requestObject);
  const node = NodeSchema.safeParse(event.responseObject);
  if (!patch.success || !node.success || name === null) return [];
  if (patch.data.metadata.annotations[DEFAULT_HEALED_ANNOTATION] !== 'true') return [];
  return [{ node: name, nodeUid: node.data.metadata.uid, atMs: event.receivedMs }];
}

/** The creation of a node counts as one. */
function readyChanges(events: readonly AuditEvent[]): readonly ReadyChange[] {
  const known = new Map<string, boolean>();
  return events.flatMap((event) => {
    const { verb, resource, code } = event;
    if (resource !== 'nodes' || (verb !== 'patch' && verb !== 'create') || code === null || code >= 300) return [];
    const node = NodeSchema.safeParse(event.responseObject);
    if (!node.success) return [];
    const nodeUid = node.data.metadata.uid;
    const ready = node.data.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
    if (known.get(nodeUid) === ready) return [];
    known.set(nodeUid, ready);
    return [{ nodeUid, ready, atMs: event.receivedMs }];
  });
}
