/** The property: no message and no input fails a workflow task, or makes a history grow past its bound. */

import type { Client } from '@temporalio/client';
import * as fc from 'fast-check';
import { messages, starts } from './arbitraries.ts';
import {
  CLUSTER,
  HEAL_POLICY,
  healSubject,
  problemsAfter,
  problemsOfInput,
  WATCH_INPUT,
  watchSubject,
} from './message-world.ts';
import { rawClient } from './raw-client.ts';

export interface RunOptions {
  /** Sequences of messages, and inputs, for each of the two workflows. */
  readonly runs: number;
  readonly seed?: number;
}

export interface Counts {
  readonly sequences: number;
  readonly messages: number;
  readonly inputs: number;
  /** Starts that the server itself refused, mostly for their search attributes. */
  readonly refused: number;
}

/** Throws with the smallest sequence that breaks the property. */
export async function runMessages(client: Client, { runs, seed }: RunOptions): Promise<Counts> {
  const parts = { client, raw: rawClient(client) };
  const options = { numRuns: runs, ...(seed === undefined ? {} : { seed }), endOnFailure: true };
  const node = 'akswin000000';
  const healInput = { cluster: CLUSTER, node, policy: HEAL_POLICY };
  const counts = { sequences: 0, messages: 0, inputs: 0, refused: 0 };
  for (const subject of [healSubject(node), watchSubject()]) {
    const sequence = fc.asyncProperty(messages, async (sent) => {
      counts.sequences += 1;
      counts.messages += sent.length;
      failOn(subject.workflowId, await problemsAfter(parts, subject, sent));
    });
    await fc.assert(sequence, options);
    const right = subject.query === 'healingStatus' ? healInput : WATCH_INPUT;
    const start = fc.asyncProperty(starts(right), async (given) => {
      const problems = await problemsOfInput(parts, subject, given);
      if (problems === null) counts.refused += 1;
      else counts.inputs += 1;
      failOn(subject.workflowId, problems ?? []);
    });
    await fc.assert(start, options);
  }
  return counts;
}

function failOn(workflowId: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`${workflowId}: ${problems.join('; ')}`);
}
