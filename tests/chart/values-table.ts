/** What values.yaml says about its keys, and the table of the chart's README made from it. */

import { parse } from 'yaml';

export const TABLE_BEGIN = '<!-- table of values.yaml: begin -->';
export const TABLE_END = '<!-- table of values.yaml: end -->';

export interface DocumentedValue {
  readonly path: readonly string[];
  readonly about: string;
  readonly fallback: unknown;
}

const LINE = /^(?<indent> *)(?:# (?<comment>.*)|(?<key>[A-Za-z_]+):.*)$/;
const INDENT_WIDTH = 2;

/** Each key with a comment above it, in the order of the file. Throws for a key that nothing describes. */
export function documentedValues(text: string): DocumentedValue[] {
  const values: unknown = parse(text);
  const found: DocumentedValue[] = [];
  const parents: string[] = [];
  let comment: string | null = null;
  for (const line of text.split('\n')) {
    const groups = LINE.exec(line)?.groups;
    if (groups?.['comment'] !== undefined) {
      comment = groups['comment'];
      continue;
    }
    const key = groups?.['key'];
    if (key !== undefined && groups !== undefined) {
      parents.length = (groups['indent']?.length ?? 0) / INDENT_WIDTH;
      parents.push(key);
      if (comment !== null) found.push({ path: [...parents], about: comment, fallback: valueAt(values, parents) });
    }
    comment = null;
  }
  const bare = leafPaths(values).filter((leaf) => !found.some(({ path }) => path.every((step, i) => leaf[i] === step)));
  if (bare.length > 0) throw new Error(`without a comment: ${bare.map((path) => path.join('.')).join(', ')}`);
  return found;
}

export function valuesTable(text: string): string {
  const rows = documentedValues(text).map(
    ({ path, about, fallback }) => `| \`${path.join('.')}\` | ${about} | \`${JSON.stringify(fallback)}\` |`,
  );
  return ['| value | what it is for | default |', '|---|---|---|', ...rows].join('\n');
}

/** Puts the table between the marks of a page. */
export function withTable(page: string, table: string): string {
  const [head, rest] = page.split(TABLE_BEGIN);
  const tail = rest?.split(TABLE_END)[1];
  if (head === undefined || tail === undefined) throw new Error('the page lacks the marks for the table');
  return `${head}${TABLE_BEGIN}\n${table}\n${TABLE_END}${tail}`;
}

export function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    root,
  );
}

function leafPaths(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[...path]];
  const entries = Object.entries(value);
  return entries.length === 0 ? [[...path]] : entries.flatMap(([key, child]) => leafPaths(child, [...path, key]));
}
