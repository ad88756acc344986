/** What a heal made of its pods, from its history in Temporal. */

import type { WorkflowHandle } from '@temporalio/client';
import { z } from 'zod';
import type { EvidenceLevel } from '../../domain/healing/pod-evidence.ts';

const ResultSchema = z.object({
  outcome: z.object({
    judgement: z.object({
      podName: z.string(),
      level: z.literal([0, 1, 2, 3]),
      detail: z.string(),
      source: z.object({ verdict: z.enum(['proven', 'refuted', 'silent']) }),
    }),
  }),
});

export interface Judgement {
  readonly level: EvidenceLevel;
  readonly detail: string;
  readonly verdict: 'proven' | 'refuted' | 'silent';
}

/** By the names of the pods, in the order in which they were judged. */
export async function judgementsOf(heal: WorkflowHandle): Promise<ReadonlyMap<string, Judgement>> {
  const { events } = await heal.fetchHistory();
  const found = (events ?? []).flatMap(({ activityTaskCompletedEventAttributes: attributes }) => {
    const data = attributes?.result?.payloads?.[0]?.data;
    const read = data ? ResultSchema.safeParse(JSON.parse(Buffer.from(data).toString('utf8'))) : null;
    if (read?.success !== true) return [];
    const { podName, source, ...judgement } = read.data.outcome.judgement;
    return [[podName, { ...judgement, verdict: source.verdict }] as const];
  });
  return new Map(found);
}
