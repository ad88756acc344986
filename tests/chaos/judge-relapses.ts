/** Invariant l: why a mark is taken back (E23, E24, E26): a relapse that pods showed, another boot, or a restart. */

import { relapsedAnnotation, SNAT_PROFILE } from '../../contracts/healing/names.ts';
import { WORKER } from '../e2e/audit-attempts.ts';
import type { Finding } from './finding.ts';
import type { WorkflowRun } from './heal-runs.ts';
import { judgedLives, type ProofFacts } from './judge-marks.ts';
import { isMarkValid, type NodeChange, type NodeVersion, nodeChanges } from './node-versions.ts';

const RELAPSED = relapsedAnnotation(SNAT_PROFILE);

export function judgeRelapses(facts: ProofFacts): Finding {
  const taken = nodeChanges(facts.versions).filter(
    ({ before, after }) => after.user === WORKER && before.marked && !after.marked,
  );
  const violations = taken.flatMap((change) => {
    const { node, atMs } = change.after;
    const what = problemOf(change, facts);
    return what === null ? [] : [{ what, node, atMs }];
  });
  return { invariant: 'l', checked: taken.length, of: 'marks that a worker took back', violations };
}

function problemOf({ before, after }: NodeChange, facts: ProofFacts): string | null {
  if (after.asked.metadata.annotations[RELAPSED] !== undefined) return relapseProblem(after, facts);
  if (!isMarkValid(before) || wasRestarted(after, facts.runs)) return null;
  return 'its mark was taken back without a relapse, another boot or a restart';
}

/** The newest judged pods since the mark: all of them must have shown the node's address. */
function relapseProblem(after: NodeVersion, { versions, lives, runs, proof }: ProofFacts): string | null {
  const run = runs.findLast((one) => one.node === after.node && one.relapses.some((atMs) => atMs <= after.atMs));
  const askedMs = run?.relapses.findLast((atMs) => atMs <= after.atMs);
  if (run === undefined || askedMs === undefined) return 'its mark was taken back, but no history asks for it';
  const own = versions.filter(({ nodeUid, version }) => nodeUid === after.nodeUid && version < after.version);
  const marking = nodeChanges(own).findLast((change) => change.after.marked && !change.before.marked);
  const watched = judgedLives(run, lives, askedMs).filter(
    ({ nodeUid, createdMs }) => nodeUid === after.nodeUid && createdMs >= (marking?.after.atMs ?? 0),
  );
  const last = watched.slice(-proof.refutedInARow);
  if (last.length === proof.refutedInARow && last.every(({ shown }) => shown === 'node')) return null;
  const shown = last.map((life) => `${life.name} showed ${life.shown}`).join(', ') || 'no pod was judged';
  return `its mark was taken back as a relapse, which takes ${proof.refutedInARow} pods with the node's address: ${shown}`;
}

/** A person asked for it: the begin that followed was under way. */
function wasRestarted({ node, atMs }: NodeVersion, runs: readonly WorkflowRun[]): boolean {
  return runs
    .filter((run) => run.node === node)
    .some(({ begins, restarts }) =>
      begins.some(
        ({ resets, scheduledMs, completedMs }) =>
          resets && scheduledMs <= atMs && atMs <= completedMs && restarts.some((signalMs) => signalMs <= scheduledMs),
      ),
    );
}
