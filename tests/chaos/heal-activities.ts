/** The activities of a heal as Temporal's history has them: when each was asked for, with what, and what came back. */

import type proto from '@temporalio/proto';
import { z } from 'zod';

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

export interface ActivityRecord {
  readonly scheduledMs: number;
  /** Null where it has not completed. */
  readonly completedMs: number | null;
  readonly input: unknown;
  readonly result: unknown;
}

/** One attempt that waits for its pod. */
export interface ProbeRecord extends Pick<ActivityRecord, 'scheduledMs'> {
  readonly attempt: number;
  /** When it completed or was given up; null while it is under way. */
  readonly closedMs: number | null;
  /** Name of the pod that it judged; null where it judged none. */
  readonly judgedPod: string | null;
}

const ProbeInputSchema = z.object({ attempt: z.number() });
const ProbeResultSchema = z.object({
  outcome: z.object({ kind: z.literal('judged'), judgement: z.object({ podName: z.string() }) }),
});

export function activitiesOf(events: readonly HistoryEvent[], names: readonly string[]): readonly ActivityRecord[] {
  const completed = new Map(
    events.flatMap((event) => {
      const { activityTaskCompletedEventAttributes: attributes } = event;
      return attributes ? [[Number(attributes.scheduledEventId), event] as const] : [];
    }),
  );
  return events.flatMap((event) => {
    const { activityTaskScheduledEventAttributes: attributes, eventId, eventTime } = event;
    if (!attributes || !names.includes(attributes.activityType?.name ?? '')) return [];
    const end = completed.get(Number(eventId));
    return [
      {
        scheduledMs: timeOf(eventTime),
        completedMs: end === undefined ? null : timeOf(end.eventTime),
        input: payloadIn(attributes.input),
        result: payloadIn(end?.activityTaskCompletedEventAttributes?.result),
      },
    ];
  });
}

/** A heal has one activity at a time but for that of the taint: whatever ends it closes the probe. */
export function probesOf(events: readonly HistoryEvent[]): readonly ProbeRecord[] {
  const cancelled = events.flatMap(({ activityTaskCanceledEventAttributes: attributes, eventTime }) =>
    attributes ? [timeOf(eventTime)] : [],
  );
  return activitiesOf(events, ['probePod']).flatMap(({ scheduledMs, completedMs, input, result }) => {
    const attempt = ProbeInputSchema.safeParse(input).data?.attempt;
    if (attempt === undefined) return [];
    const closedMs = completedMs ?? cancelled.find((atMs) => atMs >= scheduledMs) ?? null;
    const judgedPod = ProbeResultSchema.safeParse(result).data?.outcome.judgement.podName ?? null;
    return [{ attempt, scheduledMs, closedMs, judgedPod }];
  });
}

/** The first of the payloads, as JSON; undefined where there is none. */
export function payloadIn(payloads: proto.temporal.api.common.v1.IPayloads | null | undefined): unknown {
  const data = payloads?.payloads?.[0]?.data;
  return data ? JSON.parse(Buffer.from(data).toString('utf8')) : undefined;
}

export function timeOf(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1_000_000);
}
