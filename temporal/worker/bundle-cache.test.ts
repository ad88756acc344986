/** Bundles that are kept from one start of a worker to the next. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { createBundleCache } from './bundle-cache.ts';

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'vigilante-bundle-cache-'));
  folder = join(parent, 'not', 'there', 'yet');
});

afterEach(() => rmSync(parent, { recursive: true }));

const file = (digest: string) => join(folder, `workflows-${digest}.js`);

test('a bundle is read again by the digest that it was written with, and by no other', () => {
  createBundleCache(folder).write('a1', 'one\ntwo');
  expect(createBundleCache(folder).read('a1')).toBe('one\ntwo');
  expect(createBundleCache(folder).read('a2')).toBeNull();
});

test.each([
  ['cut off', (text: string) => text.slice(0, -3)],
  ['changed', (text: string) => text.replace('one', 'two')],
  ['without its first line', (text: string) => text.slice(text.indexOf('\n') + 1)],
  ['empty', () => ''],
])('a file that is %s is not read, and written again', (_, damage) => {
  const cache = createBundleCache(folder);
  cache.write('a1', 'one\nthree');
  writeFileSync(file('a1'), damage(readFileSync(file('a1'), 'utf8')));
  expect(cache.read('a1')).toBeNull();
  cache.write('a1', 'one\nthree');
  expect(cache.read('a1')).toBe('one\nthree');
});

test('eight bundles are kept: those that were used last', () => {
  const cache = createBundleCache(folder);
  const digests = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'];
  for (const [hour, digest] of digests.entries()) {
    cache.write(digest, digest);
    utimesSync(file(digest), hour * 3_600, hour * 3_600);
  }
  cache.read('a0');
  cache.write('a8', 'a8');
  expect(cache.read('a1')).toBeNull();
  for (const digest of [...digests.filter((name) => name !== 'a1'), 'a8']) expect(cache.read(digest)).toBe(digest);
});

test('what a killed process left half-written is removed an hour later, not before', () => {
  const cache = createBundleCache(folder);
  cache.write('a1', 'one');
  const [old, young] = [`${file('a2')}.old.part`, `${file('a2')}.young.part`];
  writeFileSync(old, 'half');
  writeFileSync(young, 'half');
  utimesSync(old, 1, 1);
  cache.write('a3', 'three');
  expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
});

test('nothing but whole bundles is left behind by several that write the same', () => {
  const caches = [createBundleCache(folder), createBundleCache(folder)];
  for (const cache of caches) cache.write('a1', 'one');
  expect(readdirSync(folder)).toEqual(['workflows-a1.js']);
});

test('a folder that cannot be made is an error for the caller', () => {
  // As root, too: what lies in the way is a file.
  const obstacle = join(parent, 'obstacle');
  writeFileSync(obstacle, '');
  const cache = createBundleCache(join(obstacle, 'cache'));
  expect(() => cache.write('a1', 'one')).toThrow('ENOTDIR');
  expect(cache.read('a1')).toBeNull();
});
