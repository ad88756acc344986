/** docs/configuration.md tells what the schema says. */

import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

import { withTables } from './documentation.ts';
import { loadConfig } from './load.ts';
import { leafKeys } from './schema/key-tree.ts';

test('the tables of docs/configuration.md are those of the schema (npm run docs:configuration writes them)', () => {
  const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8');
  expect(page).toBe(withTables(page));
});

test('every key of a loaded configuration is in the table', () => {
  const documented = new Set(leafKeys().map((leaf) => leaf.path));
  // A value may have parts of its own, such as the resources of a pod.
  const isDocumented = (path: string): boolean =>
    documented.has(path) || (path.includes('.') && isDocumented(path.slice(0, path.lastIndexOf('.'))));
  const undocumented = pathsOf(loadConfig({ env: {} })).filter((path) => !isDocumented(path));
  expect(undocumented).toEqual([]);
});

function pathsOf(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [prefix];
  return Object.entries(value).flatMap(([name, child]) => pathsOf(child, prefix === '' ? name : `${prefix}.${name}`));
}
