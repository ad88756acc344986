/**
 * Checks of outside data without a library: what runs inside a workflow is evaluated and kept once for each heal, and
 * a schema library there costs a heal twice the memory and CPU of all the rest.
 */

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
      ...unknown.map((key) => `${path}.${key}: unknown key, allowed are ${keys}`),
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
    return found.flatMap((entry: unknown, index) => check(entry, `${path}[${index}]`)).slice(0, LIST_PROBLEMS_MAX);
  };
}

export const text = value('a text that is not empty', (found) => typeof found === 'string' && found !== '');
export const flag = value('true or false', (found) => typeof found === 'boolean');
export const positiveInteger = value(
  'a whole number above 0',
  (found) => typeof found === 'number' && Number.isSafeInteger(found) && found > 0,
);

export const countFromZero = value(
  'a whole number from 0',
  (found) => typeof found === 'number' && Number.isSafeInteger(found) && found >= 0,
);

export function oneOf(...allowed: readonly string[]): Check {
  return value(`one of ${allowed.join(', ')}`, (found) => typeof found === 'string' && allowed.includes(found));
}

export function isRecord(found: unknown): found is Readonly<Record<string, unknown>> {
  return typeof found === 'object' && found !== null && !Array.isArray(found);
}

const SHOWN_LENGTH_MAX = 80;
/** A list that is wrong throughout is told by its first problems. */
const LIST_PROBLEMS_MAX = 5;

function shown(found: unknown): string {
  return (JSON.stringify(found) ?? 'nothing').slice(0, SHOWN_LENGTH_MAX);
}
