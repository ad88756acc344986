/** A cancellation scope for each step of a workflow, so that what a step waited for can be forgotten. */

import { CancellationScope } from '@temporalio/workflow';

/** Runs one step. Cancelled when the workflow is. */
export type RunStep = <T>(step: () => Promise<T>) => Promise<T>;

/**
 * Every timer, activity and scope leaves a handler on the scope it runs in, kept as long as that scope is. On the scope of
 * the workflow these are five kilobytes a cycle for each heal, for half an hour. A scope with a parent is such a handler
 * itself, so the scope of a step has none, as only that of a workflow can: it is made by the class of that one.
 *
 * To be called once, in the main function of a workflow.
 */
export function stepScopes(): RunStep {
  const ofWorkflow = CancellationScope.current();
  const Parentless = ofWorkflow.constructor as new () => CancellationScope;
  let ofStep: CancellationScope | null = null;
  ofWorkflow.cancelRequested.catch(() => ofStep?.cancel());
  return async (step) => {
    const scope = new Parentless();
    if (ofWorkflow.consideredCancelled) scope.cancel();
    ofStep = scope;
    try {
      return await scope.run(step);
    } finally {
      ofStep = null;
    }
  };
}
