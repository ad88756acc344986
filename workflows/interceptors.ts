/** Filters what reaches the handlers of every workflow, so that no message fails a workflow task. */

import {
  log,
  setDefaultSignalHandler,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptors,
  type WorkflowInternalsInterceptor,
} from '@temporalio/workflow';
import { UnreadablePayload } from '../contracts/unreadable-payload.ts';
import { cutText } from '../domain/cut-text.ts';

/** No workflow, signal, query or update of ours takes more. Two megabytes hold so many that a call fails. */
const ARGUMENTS_MAX = 2;
const NAME_LENGTH_MAX = 80;
/** Names of the SDK's own: a signal with one of them makes it throw, or passes by the interceptors. */
const RESERVED_PREFIX = '__';

/** Found by its name when the bundle is built; called once for each workflow. */
export function interceptors(): WorkflowInterceptors {
  return { inbound: [inbound], internals: [internals] };
}

/** A message that is ignored is logged with its name and the reason, never with its content. */
export function logIgnoredSignal(signalName: string, problem: string): void {
  log.warn('signal ignored', { signal: cutText(signalName, NAME_LENGTH_MAX), problem });
}

/** Without it the SDK keeps signals of other names in memory for the life of the run. */
export function ignoreOtherSignals(whose: string): void {
  setDefaultSignalHandler((name) => logIgnoredSignal(name, `${whose} has no signal of this name`));
}

/** Updates need none of it: what their validator throws refuses them. */
const inbound: WorkflowInboundCallsInterceptor = {
  execute: (input, next) => next(withFewArguments(input)),
  handleSignal: async (input, next) => {
    const unreadable = input.args.find((value) => value instanceof UnreadablePayload);
    if (unreadable !== undefined) return logIgnoredSignal(input.signalName, unreadable.toJSON());
    try {
      await next(withFewArguments(input));
    } catch (error) {
      logIgnoredSignal(input.signalName, `its handler failed: ${cutText(String(error), NAME_LENGTH_MAX)}`);
    }
  },
  handleQuery: (input, next) => next(withFewArguments(input)),
};

const internals: WorkflowInternalsInterceptor = {
  activate(input, next) {
    const { jobs } = input.activation;
    const kept = jobs?.filter(({ signalWorkflow }) => {
      const name = signalWorkflow?.signalName;
      if (signalWorkflow === undefined || signalWorkflow === null) return true;
      if (typeof name === 'string' && name !== '' && !name.startsWith(RESERVED_PREFIX)) return true;
      logIgnoredSignal(name ?? '', 'its name is reserved');
      return false;
    });
    if (kept === undefined || kept.length === jobs?.length) return next(input);
    return next({ ...input, activation: { ...input.activation, jobs: kept } });
  },
};

function withFewArguments<T extends { readonly args: unknown[] }>(input: T): T {
  return input.args.length <= ARGUMENTS_MAX ? input : { ...input, args: input.args.slice(0, ARGUMENTS_MAX) };
}
