/**
 * Checks of outside data without a library: what runs inside a workflow is evaluated and kept once for each heal, and
 * a schema library there costs a heal twice the memory and CPU of all the rest.
 */

import { isClusterName } from '../domain/cluster-name.ts';
import { cutText } from '../domain/cut-text.ts';
import { UnreadablePayload } from './unreadable-payload.ts';

/** What is wrong with a value, one sentence for each problem, named by its path. */
export type Problems = readonly string[];

/** Says what is wrong with the value at the path. */
export type Check = (value: unknown, path: string) => Problems;

/** A check of one value: `allowed` completes the sentence "expected …". */
export function value(allowed: string, isAllowed: (value: unknown) => boolean): Check {
  return (found, path) => (isAllowed(found) ? [] : [`${path}: expected ${allowed}, got ${shown(found)}`]);
}

/** An object with exactly these keys. */
export function shape(checks: Readonly<Record<string, Check>>): Check {
  return (found, path) => {
    if (!isRecord(found)) return [`${path}: expected an object, got ${shown(found)}`];
    const unknown = Object.keys(found).filter((key) => !Object.hasOwn(checks, key));
    const keys = Object.keys(checks).join(', ');
    return [
      ...unknown
        .slice(0, PROBLEMS_MAX)
        .map((key) => `${path}.${cutText(key, SHOWN_LENGTH_MAX)}: unknown key, allowed are ${keys}`),
      ...Object.entries(checks).flatMap(([key, check]) => check(found[key], `${path}.${key}`)),
    ];
  };
}

/** An object with at least these keys: for the answers of programs that may be newer and say more. */
export function open(checks: Readonly<Record<string, Check>>): Check {
  return (found, path) => {
    if (!isRecord(found)) return [`${path}: expected an object, got ${shown(found)}`];
    return Object.entries(checks).flatMap(([key, check]) => check(found[key], `${path}.${key}`));
  };
}

/** A list of at most `countMax` values. */
export function list(check: Check, countMax: number): Check {
  return (found, path) => {
    if (!Array.isArray(found)) return [`${path}: expected a list, got ${shown(found)}`];
    if (found.length > countMax) return [`${path}: expected at most ${countMax} entries, got ${found.length}`];
    return found.flatMap((entry: unknown, index) => check(entry, `${path}[${index}]`)).slice(0, PROBLEMS_MAX);
  };
}

export const text = value('a text that is not empty', (found) => typeof found === 'string' && found !== '');
const NAME_LENGTH_MAX = 253;
/** Names and uids of Kubernetes are never longer. */
export const name = value(
  `a text of 1 to ${NAME_LENGTH_MAX} characters`,
  (found) => typeof found === 'string' && found !== '' && found.length <= NAME_LENGTH_MAX,
);
export const clusterName = value(
  'the name of a cluster (a DNS label of at most 63 characters)',
  (found) => typeof found === 'string' && isClusterName(found),
);
export const flag = value('true or false', (found) => typeof found === 'boolean');
export const countFromZero = value(
  'a whole number from 0',
  (found) => typeof found === 'number' && Number.isSafeInteger(found) && found >= 0,
);

export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

export function wholeNumber({ min, max }: NumberRange): Check {
  return value(
    `a whole number from ${min} to ${max}`,
    (found) => typeof found === 'number' && Number.isSafeInteger(found) && found >= min && found <= max,
  );
}

export function oneOf(...allowed: readonly string[]): Check {
  return value(`one of ${allowed.join(', ')}`, (found) => typeof found === 'string' && allowed.includes(found));
}

/** Whether it is an object with keys of its own: neither a list, nor bytes, nor a payload that could not be read. */
export function isRecord(found: unknown): found is Readonly<Record<string, unknown>> {
  if (typeof found !== 'object' || found === null) return false;
  return !Array.isArray(found) && !ArrayBuffer.isView(found) && !(found instanceof UnreadablePayload);
}

const SHOWN_LENGTH_MAX = 80;
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
