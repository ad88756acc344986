/** The outcome of parsing outside data: the value, or what is wrong with it. */

import type { Check, Problems } from './shape.ts';

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: Problems };

/** They are logged, and kept in a history: the rest of them is left out. */
const PROBLEMS_MAX = 10;

/** `path` names the value in the problems. */
export function parsed<T>(found: unknown, check: Check, path: string): Parsed<T> {
  const problems = check(found, path);
  return problems.length === 0
    ? { ok: true, value: found as T }
    : { ok: false, problems: problems.slice(0, PROBLEMS_MAX) };
}
