/**
 * Checks of outside data without a library: what runs inside a workflow is evaluated and kept once for each heal, and
 * a schema library there costs a heal twice the memory and CPU of all the rest.
 */

import { isClusterName } from '../domain/cluster-name.ts';
import { cutText } from '../domain/cut-text.ts';
import { UnreadablePayload } from './unreadable-payload.ts';

/** What is wrong with a value, one sentence for each problem, named by its path. */
export type Problems = readonly string[];

declare const passes: unique symbol;

/** Says what is wrong with the value at the path. `T` is the type of what passes; it exists for the compiler only. */
export type Check<T = unknown> = ((value: unknown, path: string) => Problems) & { readonly [passes]?: T };

/** A check for each key of `T`, optional ones included: a key without one does not compile. */
export type Checks<T> = { readonly [Key in keyof T]-?: Check<Required<T>[Key]> };

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: Problems };

/** The outcome of parsing outside data: the value, or what is wrong with it. `path` names the value in the problems. */
export function parsed<T>(found: unknown, check: Check<T>, path: string): Parsed<T> {
  const problems = check(found, path);
  return problems.length === 0
    ? { ok: true, value: found as T }
    : { ok: false, problems: problems.slice(0, PROBLEMS_KEPT_MAX) };
}

/** A check of one value: `allowed` completes the sentence "expected …". */
export function value<T>(allowed: string, isAllowed: (value: unknown) => boolean): Check<T> {
  return (found, path) => (isAllowed(found) ? [] : [`${path}: expected ${allowed}, got ${shown(found)}`]);
}

/** An object with exactly these keys. */
export function shape<T>(checks: Checks<T>): Check<T> {
  const known: ReadonlyMap<string, Check> = new Map(Object.entries<Check>(checks));
  return (found, path) => {
    if (!isRecord(found)) return [`${path}: expected an object, got ${shown(found)}`];
    const unknown = Object.keys(found).filter((key) => !known.has(key));
    const keys = [...known.keys()].join(', ');
    return [
      ...unknown
        .slice(0, PROBLEMS_MAX)
        .map((key) => `${path}.${cutText(key, SHOWN_LENGTH_MAX)}: unknown key, allowed are ${keys}`),
      ...problemsOf(found, { known, path }),
    ];
  };
}

/** An object with at least these keys: for the answers of programs that may be newer and say more. */
export function open<T>(checks: Checks<T>): Check<T> {
  return someOf<T>(checks);
}

/** Only these keys of `T` are checked: the others are not read. */
export function someOf<T>(checks: Partial<Checks<T>>): Check<T> {
  const known: ReadonlyMap<string, Check> = new Map(Object.entries<Check>(checks as Record<string, Check>));
  return (found, path) => {
    if (!isRecord(found)) return [`${path}: expected an object, got ${shown(found)}`];
    return problemsOf(found, { known, path });
  };
}

function problemsOf(
  found: Readonly<Record<string, unknown>>,
  { known, path }: { known: ReadonlyMap<string, Check>; path: string },
): Problems {
  return [...known].flatMap(([key, check]) => check(found[key], `${path}.${key}`));
}

/** A list of at most `countMax` values. */
export function list<T>(check: Check<T>, countMax: number): Check<readonly T[]> {
  return (found, path) => {
    if (!Array.isArray(found)) return [`${path}: expected a list, got ${shown(found)}`];
    if (found.length > countMax) return [`${path}: expected at most ${countMax} entries, got ${found.length}`];
    return found.flatMap((entry: unknown, index) => check(entry, `${path}[${index}]`)).slice(0, PROBLEMS_MAX);
  };
}

export const text = value<string>('a text that is not empty', (found) => typeof found === 'string' && found !== '');
const NAME_LENGTH_MAX = 253;
/** Names and uids of Kubernetes are never longer. */
export const name = value<string>(
  `a text of 1 to ${NAME_LENGTH_MAX} characters`,
  (found) => typeof found === 'string' && found !== '' && found.length <= NAME_LENGTH_MAX,
);
export const clusterName = value<string>(
  'the name of a cluster (a DNS label of at most 63 characters)',
  (found) => typeof found === 'string' && isClusterName(found),
);
export const flag = value<boolean>('true or false', (found) => typeof found === 'boolean');
export const countFromZero = value<number>(
  'a whole number from 0',
  (found) => typeof found === 'number' && Number.isSafeInteger(found) && found >= 0,
);

export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

export function wholeNumber({ min, max }: NumberRange): Check<number> {
  return value(
    `a whole number from ${min} to ${max}`,
    (found) => typeof found === 'number' && Number.isSafeInteger(found) && found >= min && found <= max,
  );
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Check<T> {
  return value(`one of ${allowed.join(', ')}`, (found) => allowed.some((one) => one === found));
}

/** Also nothing at all: for a key that older programs do not send. */
export function optional<T>(check: Check<T>): Check<T> {
  return (found, path) => (found === undefined ? [] : check(found, path));
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (found, path) => (found === null ? [] : check(found, path));
}

/** Whether it is an object with keys of its own: neither a list, nor bytes, nor a payload that could not be read. */
export function isRecord(found: unknown): found is Readonly<Record<string, unknown>> {
  if (typeof found !== 'object' || found === null) return false;
  return !Array.isArray(found) && !ArrayBuffer.isView(found) && !(found instanceof UnreadablePayload);
}

const SHOWN_LENGTH_MAX = 80;
/** Problems are logged, and kept in a history: the rest of them is left out. */
const PROBLEMS_KEPT_MAX = 10;
/** A value that is wrong throughout is described by its first problems. */
const PROBLEMS_MAX = 5;

/** Never throws: a value that is nested too deep for `JSON.stringify` is only named. */
function shown(found: unknown): string {
  if (ArrayBuffer.isView(found)) return `${found.byteLength} bytes`;
  try {
    return cutText(JSON.stringify(found) ?? 'nothing', SHOWN_LENGTH_MAX);
  } catch {
    return 'a value that cannot be shown';
  }
}
