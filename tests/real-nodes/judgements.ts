/** How a heal judged its pods, from its history in Temporal. */

import type { WorkflowHandle } from '@temporalio/client';
import type { EvidenceLevel, Verdict } from '../../domain/healing/pod-evidence.ts';
import { podOutcomesOf } from '../e2e/probe-outcomes.ts';

export interface Judgement {
  readonly level: EvidenceLevel;
  readonly detail: string;
  readonly verdict: Verdict;
}

/** By the names of the pods, in the order in which they were judged. */
export async function judgementsOf(heal: WorkflowHandle): Promise<ReadonlyMap<string, Judgement>> {
  const judged = (await podOutcomesOf(heal)).flatMap(({ judgement: { podName, source, ...rest } }) =>
    source === undefined ? [] : [[podName, { ...rest, verdict: source.verdict }] as const],
  );
  return new Map(judged);
}
