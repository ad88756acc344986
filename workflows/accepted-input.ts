/** Refuses the input of a workflow that was started by hand with an input it cannot work on. */

import { ApplicationFailure, patched, workflowInfo } from '@temporalio/workflow';
import { taskQueue } from '../contracts/names.ts';
import type { Parsed } from '../contracts/shape.ts';
import { cutText } from '../domain/cut-text.ts';

export interface InputRules<T extends { readonly cluster: string }> {
  readonly parse: (input: unknown) => Parsed<T>;
  /** What version 0.1 accepted. */
  readonly parseEarlier: (input: unknown) => Parsed<T>;
  /** The one id that a workflow with this input runs under. */
  readonly workflowId: (input: T) => string;
  /** The one queue of such a workflow; default that of the worker. */
  readonly taskQueue?: (cluster: string) => string;
}

/** Runs of version 0.1 have no bounds and any id: they go on. May go when none of them runs. */
const INPUT_BOUNDED = 'input-bounded';

const ID_LENGTH_MAX = 300;

/** Throws a failure that ends the workflow, with each key and what is allowed. */
export function acceptedInput<T extends { readonly cluster: string }>(input: unknown, rules: InputRules<T>): T {
  const parsed = rules.parse(input);
  const earlier = rules.parseEarlier(input);
  if (!earlier.ok) throw refusal(parsed.ok ? earlier.problems : parsed.problems);
  const problems = parsed.ok
    ? placeProblems(parsed.value.cluster, { id: rules.workflowId(parsed.value), queueOf: rules.taskQueue ?? taskQueue })
    : parsed.problems;
  refuseOnceBounded(problems);
  return earlier.value;
}

/** For workflows that are not of one cluster, and that no earlier release had. Throws as `acceptedInput`. */
export function acceptedAt<T>(input: Parsed<T>, placeOf: (input: T) => Place): T {
  if (!input.ok) throw refusal(input.problems);
  refuseOnceBounded(differences(placeOf(input.value)));
  return input.value;
}

/** A replay outside of its queue meets no refusal that its history has not. */
function refuseOnceBounded(problems: readonly string[]): void {
  if (problems.length > 0 && patched(INPUT_BOUNDED)) throw refusal(problems);
}

interface Place {
  readonly id: string;
  readonly queue: string;
}

/** Two workflows for one node, or one on the workers of another cluster, would work against each other. */
function placeProblems(
  cluster: string,
  { id, queueOf }: { readonly id: string; readonly queueOf: (cluster: string) => string },
): readonly string[] {
  return differences({ id, queue: queueOf(cluster) });
}

function differences({ id: idAllowed, queue: queueAllowed }: Place): readonly string[] {
  const { workflowId, taskQueue: queue } = workflowInfo();
  return [
    ...(workflowId === idAllowed
      ? []
      : [`workflow id: expected ${idAllowed} for this input, got ${cutText(workflowId, ID_LENGTH_MAX)}`]),
    ...(queue === queueAllowed
      ? []
      : [`task queue: expected ${queueAllowed} for this input, got ${cutText(queue, ID_LENGTH_MAX)}`]),
  ];
}

function refusal(problems: readonly string[]): ApplicationFailure {
  const message = `input of ${workflowInfo().workflowType} is wrong: ${problems.join('; ')}`;
  return ApplicationFailure.nonRetryable(message, 'InvalidInput');
}
