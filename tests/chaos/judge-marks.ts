/** Invariant j: a mark comes after pods in a row that showed their own address to the echo (E16, E17). */

import { playOf } from '../../sandbox/probing-pods/play.ts';
import { WORKER } from '../e2e/audit-attempts.ts';
import type { Finding, Violation } from './finding.ts';
import type { WorkflowRun } from './heal-runs.ts';
import { isMarkValid, type NodeChange, type NodeState, type NodeVersion, nodeChanges } from './node-versions.ts';
import { NEVER_PROVING, type ProofPolicy } from './policy.ts';
import type { ProbeLife } from './probe-lives.ts';

export interface ProofFacts {
  readonly versions: readonly NodeVersion[];
  /** At the quiet end. */
  readonly states: readonly NodeState[];
  readonly judgedMs: number;
  readonly lives: readonly ProbeLife[];
  readonly runs: readonly WorkflowRun[];
  readonly proof: ProofPolicy;
}

/** Also names the nodes that were marked, each as often as it was. */
export function judgeMarks(facts: ProofFacts): Finding {
  const marks = nodeChanges(facts.versions).filter(
    ({ before, after }) => after.user === WORKER && after.marked && !before.marked,
  );
  const violations = marks.flatMap(({ after }) => {
    const { node, atMs } = after;
    return [...rowProblems(after, facts), ...labelProblems(after, facts)].map((what) => ({ what, node, atMs }));
  });
  const others = [...impossiblePods(facts.lives), ...falseMarks(facts)];
  return { invariant: 'j', checked: marks.length, of: 'marks by a worker', violations: [...violations, ...others] };
}

function impossiblePods(lives: readonly ProbeLife[]): readonly Violation[] {
  return lives
    .filter(({ shown, allowed }) => shown === 'own' && allowed !== 'own')
    .map(({ name, node, createdMs }) => {
      return { what: `${name} showed an address that its node does not let it show`, node, atMs: createdMs };
    });
}

/** What a person marked has no proof. */
function falseMarks({ states, judgedMs }: ProofFacts): readonly Violation[] {
  return states
    .filter((state) => isMarkValid(state) && state.proof !== null && NEVER_PROVING.has(state.behaviour ?? ''))
    .map(({ node, behaviour }) => {
      return { what: `is marked at the quiet end, and its behaviour is ${behaviour}`, node, atMs: judgedMs };
    });
}

/** The newest judged pods of the heal in its window: all must have shown their own address, one after the other. */
function rowProblems(mark: NodeVersion, facts: ProofFacts): readonly string[] {
  const { proofsInARow, proofsOverMs } = facts.proof;
  const run = markingRun(mark, facts.runs);
  if (run === null) return ['marked, but no history asks for it'];
  const fromMs = windowBeginMs(mark, run, facts.versions);
  const judged = judgedLives(run, facts.lives, mark.atMs).filter(
    ({ nodeUid, createdMs }) => nodeUid === mark.nodeUid && createdMs >= fromMs,
  );
  const row = judged.slice(judged.findLastIndex(({ shown }) => shown !== 'own') + 1);
  const [first] = row;
  const last = row.at(-1);
  if (first === undefined || last === undefined || row.length < proofsInARow) {
    const shown = judged.slice(-proofsInARow).map((life) => `${life.name} showed ${life.shown}`);
    return [
      `marked after ${row.length} proofs in a row of ${proofsInARow} (${shown.join(', ') || 'no pod was judged'})`,
    ];
  }
  const overMs = last.datedMs - first.datedMs;
  const crowded = row.slice(1).filter(({ createdMs }, index) => createdMs < (row[index]?.goneMs ?? Infinity));
  return [
    ...(overMs < proofsOverMs ? [`marked after proofs over ${overMs} ms of ${proofsOverMs}`] : []),
    ...crowded.map(({ name }) => `${name}, a proof of the mark, was made before the one before it was gone`),
  ];
}

function markingRun({ node, atMs }: NodeVersion, runs: readonly WorkflowRun[]): WorkflowRun | null {
  const asked = runs
    .filter((run) => run.node === node)
    .flatMap((run) => run.annotations.map((scheduledMs) => ({ run, scheduledMs })))
    .filter(({ scheduledMs }) => scheduledMs <= atMs)
    .toSorted((one, other) => one.scheduledMs - other.scheduledMs);
  return asked.at(-1)?.run ?? null;
}

/**
 * Its begin, the node's last change to Ready, or the end of the last mark by a worker. A mark that a person set and took
 * back says nothing about pods: a heal that met it has ended, and one that missed it goes on.
 */
function windowBeginMs(mark: NodeVersion, run: WorkflowRun, versions: readonly NodeVersion[]): number {
  const begin = run.begins.findLast(({ completedMs }) => completedMs <= mark.atMs);
  const own = versions.filter(({ nodeUid, version }) => nodeUid === mark.nodeUid && version < mark.version);
  const changes = nodeChanges(own);
  const turns = changes.filter(
    ({ before, after }, index) =>
      (after.ready && !before.ready) ||
      (before.marked && !after.marked && markedBy(changes.slice(0, index)) === WORKER),
  );
  return Math.max(begin?.completedMs ?? Infinity, turns.at(-1)?.after.atMs ?? 0);
}

/** Null for a node that was created with its mark. */
function markedBy(changes: readonly NodeChange[]): string | null {
  return changes.findLast(({ before, after }) => after.marked && !before.marked)?.after.user ?? null;
}

/** The pods of a run that Temporal has a judgement of, in its order; what they showed is for others to say. */
export function judgedLives(run: WorkflowRun, lives: readonly ProbeLife[], untilMs: number): readonly ProbeLife[] {
  const own = lives.filter((life) => life.run === run.runId);
  return run.probes.flatMap(({ judgedPod, closedMs }) => {
    if (judgedPod === null || closedMs === null || closedMs > untilMs) return [];
    // A pod that others deleted may have been made again under its name.
    const life = own.findLast(({ name, createdMs }) => name === judgedPod && createdMs <= closedMs);
    return life === undefined ? [] : [life];
  });
}

/** By the labels alone: at some time before its mark the node must have let a pod show its own address. */
function labelProblems(mark: NodeVersion, { versions }: ProofFacts): readonly string[] {
  const own = versions.filter(({ nodeUid, version }) => nodeUid === mark.nodeUid && version <= mark.version);
  const couldProve = own.some(({ behaviour }, index) => {
    const play = playOf(behaviour, own[index + 1]?.atMs ?? mark.atMs);
    return play?.kind === 'dial' && play.arrives === 'pod';
  });
  return couldProve ? [] : [`marked, though its behaviour ${mark.behaviour} never let a pod show its own address`];
}
