/** docs/configuration.md says what the schema says. */

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
  // A parsed duration has its unit in its name. A value may have parts of its own, such as the resources of a pod.
  const isDocumented = (path: string): boolean =>
    documented.has(path) || (path.includes('.') && isDocumented(path.slice(0, path.lastIndexOf('.'))));
  const undocumented = pathsOf(loadConfig({ env: {} })).filter((path) => !isDocumented(path.replace(/Ms$/, '')));
  expect(undocumented).toEqual([]);
});

test('a parsed duration has its unit at the end of its name', () => {
  // A part without a default is there where one of its keys is given.
  const taint = { path: ['healing', 'taint', 'key'], value: 'example.com/new', origin: 'test' };
  const sourceAddress = { path: ['healing', 'evidence'], value: 'source-address', origin: 'test' };
  const endpoint = { name: 'a', url: 'http://10.50.0.10/v1/source', publicKeys: ['A'.repeat(43)] };
  const endpoints = { path: ['healing', 'echo', 'endpoints'], value: [endpoint], origin: 'test' };
  const loaded = pathsOf(loadConfig({ env: {}, overrides: [taint, sourceAddress, endpoints] }));
  const durations = leafKeys().filter(({ notes }) => notes.allowed.startsWith('a duration'));
  expect(durations.map(({ path }) => path)).toContain('healing.window');
  expect(durations.filter(({ path }) => !loaded.includes(`${path}Ms`))).toEqual([]);
});

function pathsOf(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [prefix];
  return Object.entries(value).flatMap(([name, child]) => pathsOf(child, prefix === '' ? name : `${prefix}.${name}`));
}
