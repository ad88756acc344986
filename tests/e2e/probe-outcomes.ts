/** What became of the pods of a heal that asks echoes, from its history in Temporal. */

import type { WorkflowHandle } from '@temporalio/client';
import { z } from 'zod';

const OutcomeSchema = z.object({
  kind: z.enum(['judged', 'echo-down']),
  judgement: z.object({
    podName: z.string(),
    level: z.literal([0, 1, 2, 3]),
    detail: z.string(),
    source: z.object({ verdict: z.enum(['proven', 'refuted', 'silent']) }).optional(),
  }),
});
const ResultSchema = z.object({ outcome: OutcomeSchema });
export type PodOutcome = z.infer<typeof OutcomeSchema>;

/** In the order in which the attempts ended; without those that came to no judgement. */
export async function podOutcomesOf(heal: WorkflowHandle): Promise<readonly PodOutcome[]> {
  const { events } = await heal.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskCompletedEventAttributes: attributes }) => {
    const data = attributes?.result?.payloads?.[0]?.data;
    const read = data ? ResultSchema.safeParse(JSON.parse(Buffer.from(data).toString('utf8'))) : null;
    return read?.success === true ? [read.data.outcome] : [];
  });
}
