/** Invariant k: a heal has one pod at a time, and deletes none before it has ended or had its patience (E9, E10). */

import { isOurs } from '../e2e/audit-attempts.ts';
import type { ChaosFacts } from './facts.ts';
import type { Finding, Violation } from './finding.ts';
import type { WorkflowRun } from './heal-runs.ts';
import type { ProofFacts } from './judge-marks.ts';
import { nodeChanges } from './node-versions.ts';
import { podOverlaps } from './pod-lives.ts';
import { aftermathMs } from './policy.ts';
import type { ProbeLife } from './probe-lives.ts';
import { undisturbedMs } from './timeline.ts';

type Known = ProofFacts & Pick<ChaosFacts, 'policy' | 'disturbances' | 'judgedMs' | 'events'>;

export function judgeProbes(facts: Known): Finding {
  const violations = [...overlaps(facts), ...facts.lives.flatMap((life) => earlyDeletion(life, facts))];
  return { invariant: 'k', checked: facts.lives.length, of: 'pods that asked the echo', violations };
}

/** A create that a fault held back may come when its attempt is long over; otherwise there is never a second pod. */
function overlaps({ lives, policy, disturbances, judgedMs }: Known): Violation[] {
  const ofRuns = [...Map.groupBy(lives, ({ run }) => run).values()];
  return ofRuns
    .flatMap((ofRun) => podOverlaps(ofRun, judgedMs))
    .filter((one) => {
      const since = { fromMs: one.fromMs - aftermathMs(policy), untilMs: one.untilMs };
      return undisturbedMs(since, disturbances, 0) === since.untilMs - since.fromMs;
    })
    .map(({ node, fromMs, untilMs, pods }) => ({
      what: `${pods} of one heal were there together for ${untilMs - fromMs} ms, without any fault`,
      node,
      atMs: fromMs,
    }));
}

function earlyDeletion(life: ProbeLife, facts: Known): Violation[] {
  const { deletion, datedMs, name, node } = life;
  if (deletion === null || deletion.hadEnded || !isOurs({ user: deletion.by })) return [];
  const ageMs = deletion.atMs - datedMs;
  if (ageMs >= facts.proof.patienceMs || !isWaitedFor(life, facts) || hadNodeNews(life, facts)) return [];
  return [{ what: `${name} was deleted after ${ageMs} ms, before it had ended`, node, atMs: deletion.atMs }];
}

/** Otherwise nothing is lost with it: its heal was cancelled, has ended, or is at another attempt. */
function isWaitedFor({ run, attempt, uid, name, deletion }: ProbeLife, { runs, lives }: Known): boolean {
  const atMs = deletion?.atMs ?? 0;
  const heal = runs.find(({ runId }) => runId === run);
  if (heal === undefined || isCancelled(heal, atMs)) return false;
  // A create that was held back makes a second pod of the same name.
  const newest = lives.findLast((life) => life.run === run && life.name === name && life.createdMs <= atMs);
  const isOpen = heal.probes.some(
    (probe) => probe.attempt === attempt && probe.scheduledMs <= atMs && (probe.closedMs ?? atMs) >= atMs,
  );
  return isOpen && newest?.uid === uid;
}

function isCancelled({ cancelledMs }: WorkflowRun, atMs: number): boolean {
  return cancelledMs !== null && cancelledMs <= atMs;
}

/** While the pod was there its node was gone, not Ready, switched off or rebooted, was marked, or lost its mark. */
function hadNodeNews({ nodeUid, node, datedMs, deletion }: ProbeLife, { versions, events }: Known): boolean {
  const untilMs = deletion?.atMs ?? 0;
  const own = versions.filter((one) => one.nodeUid === nodeUid && one.atMs <= untilMs);
  const during = own.filter(({ atMs }, index) => (own[index + 1]?.atMs ?? untilMs) >= datedMs || atMs >= datedMs);
  const isLeft = during.some(({ ready, disabled }) => !ready || disabled);
  const isOtherNow = nodeChanges(during).some(
    ({ before, after }) => before.marked !== after.marked || before.boot !== after.boot,
  );
  const isGone = events.some(
    ({ resource, verb, name, receivedMs }) =>
      resource === 'nodes' && verb === 'delete' && name === node && receivedMs >= datedMs && receivedMs <= untilMs,
  );
  return isLeft || isOtherNow || isGone;
}
