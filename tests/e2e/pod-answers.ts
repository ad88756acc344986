/**
 * What the pods of a heal showed an echo, read from the answers to their DELETEs and checked here, not by the product: the
 * signed answer of a real echo in the pod's termination message is the witness (E17).
 */

import { createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';
import type { AuditEvent } from '../../sandbox/audit.ts';
import { livesOn, type PodLife } from './audit-attempts.ts';

/** `nothing`: no answer that this echo signed for this pod. */
export type Seen = 'own' | 'node' | 'other' | 'nothing';

export interface AnsweredPod {
  readonly life: PodLife;
  /** `creationTimestamp`, by which the pods of a heal are told apart in time; in milliseconds. */
  readonly stampMs: number;
  readonly deletedMs: number;
  readonly seen: Seen;
}

const EndedPodSchema = z.object({
  metadata: z.object({ uid: z.string(), creationTimestamp: z.string() }),
  status: z.object({
    podIPs: z.array(z.object({ ip: z.string() })).default([]),
    hostIPs: z.array(z.object({ ip: z.string() })).default([]),
    containerStatuses: z
      .array(z.object({ state: z.object({ terminated: z.object({ message: z.string().default('') }).optional() }) }))
      .default([]),
  }),
});
type EndedPod = z.infer<typeof EndedPodSchema>;

const AnswerSchema = z.object({
  echo: z.string(),
  nonce: z.string(),
  source: z.string(),
  port: z.number(),
  at: z.string(),
  sig: z.string(),
});

/** The pods of a node that were deleted, in the order of their creation. */
export function answeredPods(
  events: readonly AuditEvent[],
  node: string,
  publicKey: string | undefined,
): readonly AnsweredPod[] {
  const ended = endedPods(events);
  return livesOn(events, node).flatMap((life) => {
    const pod = ended.get(life.uid);
    if (life.end === null || pod === undefined) return [];
    const stampMs = Date.parse(pod.metadata.creationTimestamp);
    return [{ life, stampMs, deletedMs: life.end.deletedMs, seen: seenOf(pod, publicKey ?? '') }];
  });
}

export interface MarkRule {
  readonly proofsInARow: number;
  readonly proofsOverMs: number;
}

/** What is wrong with a mark that was written at `markMs`; none where its pods proved the effect (E16, E17). */
export function markProblems(pods: readonly AnsweredPod[], markMs: number, rule: MarkRule): readonly string[] {
  const before = pods.filter(({ life }) => life.createdMs < markMs);
  const row = before.slice(-rule.proofsInARow);
  const [first, last] = [row[0], row.at(-1)];
  if (first === undefined || last === undefined || row.length < rule.proofsInARow) {
    return [`only ${row.length} pods came before the mark`];
  }
  const overMs = last.stampMs - first.stampMs;
  return [
    ...row.flatMap(({ life, seen }) => (seen === 'own' ? [] : [`${life.name} of the row showed ${seen}`])),
    ...row.flatMap(({ life, deletedMs }) => (deletedMs <= markMs ? [] : [`${life.name} was there at the mark`])),
    ...before.flatMap(({ life }, index) => {
      const previous = before[index - 1];
      const isAfter = previous === undefined || previous.deletedMs <= life.createdMs;
      return isAfter ? [] : [`${life.name} was made while ${previous.life.name} was there`];
    }),
    ...(overMs >= rule.proofsOverMs ? [] : [`the row took ${overMs} ms only`]),
  ];
}

function endedPods(events: readonly AuditEvent[]): ReadonlyMap<string, EndedPod> {
  const found = new Map<string, EndedPod>();
  for (const { resource, verb, responseObject } of events) {
    const pod = resource === 'pods' && verb === 'delete' ? EndedPodSchema.safeParse(responseObject) : null;
    if (pod?.success === true && !found.has(pod.data.metadata.uid)) found.set(pod.data.metadata.uid, pod.data);
  }
  return found;
}

function seenOf({ metadata, status }: EndedPod, publicKey: string): Seen {
  const sources = status.containerStatuses.flatMap(
    ({ state }) => sourceIn(state.terminated?.message ?? '', metadata.uid, publicKey) ?? [],
  );
  if (sources.length === 0 || sources.length < status.containerStatuses.length) return 'nothing';
  const isAmong = (addresses: readonly { readonly ip: string }[]) =>
    sources.every((source) => addresses.some(({ ip }) => ip === source));
  if (isAmong(status.podIPs)) return 'own';
  return isAmong(status.hostIPs) ? 'node' : 'other';
}

/** Null where the echo signed nothing for the pod of this uid. */
function sourceIn(message: string, uid: string, publicKey: string): string | null {
  const answer = AnswerSchema.safeParse(jsonOf(message));
  if (!answer.success || answer.data.nonce !== uid) return null;
  const { echo, nonce, source, port, at, sig } = answer.data;
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: publicKey } });
  const signed = Buffer.from(['vigilante-echo/1', echo, nonce, source, port, at].join('\n'));
  return verify(null, signed, key, Buffer.from(sig, 'base64url')) ? source : null;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
