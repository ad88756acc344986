/** Says what is wrong with a key: its path, its value, and what is allowed. */

import type { z } from 'zod';

import { keysAt, notesAt } from './schema/key-tree.ts';

const VALUE_LENGTH_MAX = 80;
/** Edits between a key and the one it was probably meant to be. */
const EDITS_MAX = 3;

type Issue = z.core.$ZodIssue;

/** `origins` names where a value came from when it is not the file: path to environment variable. */
export function problemsOf(issues: readonly Issue[], raw: unknown, origins: ReadonlyMap<string, string>): string[] {
  return [...new Set(issues.flatMap((issue) => describe(issue, raw, origins)))];
}

/** The closest of the known words, or null where none is close. */
export function closest(word: string, known: readonly string[]): string | null {
  const ranked = known
    .map((candidate) => ({ candidate, edits: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((left, right) => left.edits - right.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.min(EDITS_MAX, word.length - 1) ? best.candidate : null;
}

function describe(issue: Issue, raw: unknown, origins: ReadonlyMap<string, string>): string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownKey([...issue.path, name]));
  const path = issue.path.map(String).join('.');
  const shown = showValue(valueAt(raw, issue.path));
  const notes = notesAt(issue.path);
  const isObject = notes === null && keysAt(issue.path).length > 0;
  const allowed = notes?.allowed ?? (isObject ? `keys and values: ${keysAt(issue.path).join(', ')}` : null);
  const expectation = allowed === null ? issue.message : `expected ${allowed}`;
  const origin = origins.get(path);
  if (origin !== undefined) return [`${origin}=${shown}: ${expectation} (sets ${path})`];
  return [`${path === '' ? 'the file' : path}: ${shown}: ${expectation}`];
}

function unknownKey(path: readonly PropertyKey[]): string {
  const known = keysAt(path.slice(0, -1));
  const meant = closest(String(path.at(-1)), known);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  const allowed = known.length > 0 ? known.join(', ') : (notesAt(path.slice(0, -1))?.allowed ?? 'nothing');
  return `${path.map(String).join('.')}: unknown key${hint} (allowed here: ${allowed})`;
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const step of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
  }
  return value;
}

function showValue(value: unknown): string {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value);
  return shown.length <= VALUE_LENGTH_MAX ? shown : `${shown.slice(0, VALUE_LENGTH_MAX)}…`;
}

/** Levenshtein distance. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of from.split('').entries()) {
    const current = [row + 1];
    for (const [column, other] of to.split('').entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
