/** Invariants c and d: pods beside each other, pods that stay. */

import type { ChaosFacts } from './facts.ts';
import type { Finding, Violation } from './finding.ts';
import { type ChaosPodLife, podOverlaps } from './pod-lives.ts';
import { aftermathMs, overlapMsMax, quietOverlapMsMax } from './policy.ts';
import { undisturbedMs } from './timeline.ts';

/**
 * A heal that begins again makes its pod first and then removes the others: that activity is not counted.
 * Without a fault shortly before or meanwhile two pods of a node may share one interval. Where there was one, it is the
 * time without any fault that counts: while a worker stands still, or the API server is away, no process can remove a pod.
 */
export function judgeOverlaps(facts: ChaosFacts, lives: readonly ChaosPodLife[]): Finding {
  const { policy, disturbances, runs, judgedMs } = facts;
  const violations = podOverlaps(lives, judgedMs).flatMap((overlap): Violation[] => {
    const { fromMs, untilMs, node, pods } = overlap;
    const isQuiet = undisturbedMs(overlap, disturbances, aftermathMs(policy)) === untilMs - fromMs;
    const begins = runs
      .filter((run) => run.node === node)
      .flatMap((run) =>
        run.begins.map(({ scheduledMs, completedMs }) => ({ fromMs: scheduledMs, untilMs: completedMs })),
      );
    const freeMs = undisturbedMs(overlap, [...disturbances, ...begins], 0);
    const tooLong = freeMs > (isQuiet ? quietOverlapMsMax(policy) : overlapMsMax(policy));
    if (!tooLong) return [];
    const shared = `${pods} were there together for ${untilMs - fromMs} ms`;
    return [
      {
        what: `${shared}, ${isQuiet ? 'without any fault' : `${freeMs} ms of it without a fault`}`,
        node,
        atMs: fromMs,
      },
    ];
  });
  return { invariant: 'c', checked: lives.length, of: 'healing pods', violations };
}

/**
 * A pod in its place is replaced within an interval. One that outlives all bounds has no owner where no heal runs,
 * or where there is another one of its node, or was since; where it has not, the heal is slow, or stuck, which is another invariant.
 */
export function judgeLeftovers(facts: ChaosFacts, lives: readonly ChaosPodLife[]): Finding {
  const { podsBefore, podsAfter, podsAfterMs, judgedMs } = facts;
  const before = new Set(podsBefore.map(({ uid }) => uid));
  const healing = new Set(
    facts.runs.flatMap(({ node, status }) => (status === 'RUNNING' && node !== null ? [node] : [])),
  );
  // Lives are in the order of their begin.
  const until = lives.filter(({ createdMs }) => createdMs < podsAfterMs);
  const newest = new Map(until.map(({ nodeUid, uid }) => [nodeUid, uid]));
  const isNotAlone = (nodeUid: string) => podsAfter.filter((pod) => pod.nodeUid === nodeUid).length > 1;
  const violations = podsAfter
    .filter(({ uid }) => before.has(uid))
    .filter(({ node, nodeUid, uid }) => !healing.has(node) || newest.get(nodeUid) !== uid || isNotAlone(nodeUid))
    .map(({ name, node, attempt }) => {
      const whose = healing.has(node) ? `though its heal goes on` : 'though no heal runs';
      return { what: `${name} (attempt ${attempt}) stays, ${whose}`, node, atMs: judgedMs };
    });
  const gone = lives.filter(({ goneMs }) => goneMs !== null).length;
  return { invariant: 'd', checked: gone + podsAfter.length, of: 'pods that had to go', violations };
}
