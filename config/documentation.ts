/** The tables of docs/configuration.md, made from the schema. */

import { OVERRIDES } from './environment.ts';
import { leafKeys } from './schema/key-tree.ts';

export const TABLES_BEGIN = '<!-- tables of the schema: begin -->';
export const TABLES_END = '<!-- tables of the schema: end -->';

export function configurationTables(): string {
  const keys = leafKeys().map(({ path, notes }) => {
    const fallback =
      notes.fallback.includes('`') || notes.fallback.includes(' ') ? notes.fallback : `\`${notes.fallback}\``;
    return `| \`${path}\` | ${notes.about} | ${notes.allowed} | ${fallback} |`;
  });
  const variables = OVERRIDES.map(({ variable, path, fileWins }) => {
    const order = fileWins === true ? 'the file goes before it' : 'goes before the file';
    return `| \`${variable}\` | \`${path.join('.')}\` | ${order} |`;
  });
  return [
    '| key | what it is for | accepted | default |',
    '|---|---|---|---|',
    ...keys,
    '',
    '| environment variable | key | order |',
    '|---|---|---|',
    ...variables,
  ].join('\n');
}

/** Puts the tables between the marks of a page. */
export function withTables(page: string): string {
  const [head, rest] = page.split(TABLES_BEGIN);
  const tail = rest?.split(TABLES_END)[1];
  if (head === undefined || tail === undefined) throw new Error('the page lacks the marks for the tables');
  return `${head}${TABLES_BEGIN}\n${configurationTables()}\n${TABLES_END}${tail}`;
}
