/** The places in a heal at which a worker is killed. */

import type { ProxiedRequest } from '../e2e/api-proxy.ts';

export interface Step {
  /** A call of Temporal's, such as `RespondActivityTaskCompleted`, or a request such as `POST pods`. */
  readonly what: string;
  /** Counted within the heal, from 1. */
  readonly nth: number;
  /** Before it is done; after it was done, and before the worker hears of it. */
  readonly when: 'before' | 'after';
}

/** What a worker does for a heal, and nothing else of what it calls. */
const CALLS = ['RespondWorkflowTaskCompleted', 'RespondActivityTaskCompleted'];
/** A call that asks for work: of interest only when it brings some. */
const POLLS = ['PollWorkflowTaskQueue', 'PollActivityTaskQueue'];

export function isCall(method: string): boolean {
  return CALLS.includes(method);
}

export function isPoll(method: string): boolean {
  return POLLS.includes(method);
}

/** Null for a request that belongs to no heal: those of the informer. */
export function deedOf({ method, path, isWatch }: ProxiedRequest): string | null {
  const [address = ''] = path.split('?');
  const resource = /\/(pods|nodes|events)(\/|$)/.exec(address)?.[1];
  if (resource === undefined || isWatch) return null;
  const isList = method === 'GET' && address.endsWith(`/${resource}`);
  if (isList && resource === 'nodes') return null;
  return `${isList ? 'LIST' : method} ${resource}`;
}

/** A heal without any kill showed what happens how often: each of it becomes two steps. */
export function stepsOf(counts: ReadonlyMap<string, number>): readonly Step[] {
  return [...counts].flatMap(([what, count]) =>
    Array.from({ length: count }, (_, index) => index + 1).flatMap((nth): Step[] => {
      const after: Step = { what, nth, when: 'after' };
      // To die before asking for work is to die before the step that came first.
      return isPoll(what) ? [after] : [{ what, nth, when: 'before' }, after];
    }),
  );
}

export function describeStep({ what, nth, when }: Step): string {
  return `${when} ${what} ${nth}`;
}
