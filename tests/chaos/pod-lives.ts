/** The life of each healing pod, from the audit log; where a killed API server left a gap there, as it was seen. */

import type { AuditEvent } from '../../sandbox/audit.ts';
import { type PodLife, podLives, provedSandbox, WORKER } from '../e2e/audit-attempts.ts';
import type { SeenPod } from './pod-witness.ts';

export interface ChaosPodLife extends Pick<PodLife, 'node' | 'nodeUid' | 'name' | 'uid' | 'attempt' | 'createdMs'> {
  /** Null while it is there. */
  readonly goneMs: number | null;
  /** The worker deleted it, and the answer showed that its sandbox was ready. */
  readonly proven: boolean;
}

export function chaosPodLives(events: readonly AuditEvent[], seenPods: readonly SeenPod[]): readonly ChaosPodLife[] {
  const seen = new Map(seenPods.map((pod) => [pod.uid, pod]));
  const audited = podLives(events);
  const known = new Set(audited.map(({ uid }) => uid));
  const onlySeen = seenPods
    .filter(({ uid }) => !known.has(uid))
    .map(({ firstMs, goneMs, node, nodeUid, name, uid, attempt }) => {
      return {
        node,
        nodeUid,
        name,
        uid,
        attempt,
        createdMs: firstMs,
        goneMs,
        proven: false,
      };
    });
  return [...audited.map((life) => ofAudit(life, seen.get(life.uid))), ...onlySeen].toSorted(
    (one, other) => one.createdMs - other.createdMs,
  );
}

function ofAudit(life: PodLife, seen: SeenPod | undefined): ChaosPodLife {
  const { node, nodeUid, name, uid, attempt, createdMs, end } = life;
  // Never seen and no end in the log: it lived shorter than from one look to the next.
  const seenGoneMs = seen === undefined ? createdMs : seen.goneMs;
  return {
    node,
    nodeUid,
    name,
    uid,
    attempt,
    createdMs,
    goneMs: end?.deletedMs ?? seenGoneMs,
    proven: end?.deletedBy === WORKER && provedSandbox(life),
  };
}

export interface Overlap {
  readonly node: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly pods: string;
}

/** Pairs of pods of one node that were there at the same time. */
export function podOverlaps(lives: readonly ChaosPodLife[], nowMs: number): readonly Overlap[] {
  return [...Map.groupBy(lives, ({ nodeUid }) => nodeUid).values()].flatMap((ofNode) =>
    ofNode.flatMap((one, index) =>
      ofNode.slice(index + 1).flatMap((other) => {
        const fromMs = Math.max(one.createdMs, other.createdMs);
        const untilMs = Math.min(one.goneMs ?? nowMs, other.goneMs ?? nowMs);
        if (untilMs <= fromMs) return [];
        return [{ node: one.node, fromMs, untilMs, pods: `${one.name} and ${other.name}` }];
      }),
    ),
  );
}
