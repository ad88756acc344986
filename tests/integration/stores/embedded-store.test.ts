/** The embedded store: one writer, one flush for many reports, and files that it must not touch. */

import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createEmbeddedStore } from '../../../collector/stores/embedded-store.ts';
import { type ReportStore, StoreFileFault, StoreUnavailable } from '../../../collector/stores/report-store.ts';
import { startRemoteStore } from './embedded-remote.ts';
import { byName, contentOf, recordOf } from './records.ts';
import { runSql } from './run-sql.ts';

let folder = '';
/** Closed after each test, however it ended: a thread would keep the process. */
const opened: ReportStore[] = [];
const file = () => join(folder, 'reports.db');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigilante-embedded-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await rm(folder, { recursive: true });
});

function storeAt(path: string, problems: string[] = [], commits: number[] = []) {
  const store = createEmbeddedStore({
    path,
    onProblem: (message) => problems.push(message),
    onCommit: (count) => commits.push(count),
  });
  opened.push(store);
  return store;
}

async function savedAndClosed(names: readonly string[]): Promise<void> {
  const store = storeAt(file());
  await contentOf(store);
  await Promise.all(names.map((name) => store.save(recordOf(name))));
  await store.close();
}

test('flushes the disk once for all reports that are due', async () => {
  const commits: number[] = [];
  const store = storeAt(file(), [], commits);
  await contentOf(store);
  await Promise.all(Array.from({ length: 64 }, (_, index) => store.save(recordOf(`a-${index}`))));
  await Promise.all(Array.from({ length: 64 }, (_, index) => store.save(recordOf(`a-${index}`, 2))));
  await store.close();
  expect(commits).toEqual([64, 64]);
});

test('leaves one file behind when it is closed', async () => {
  await savedAndClosed(['a']);
  expect(await readdir(folder)).toEqual(['reports.db']);
});

test('gives the file to another process only when its owner is gone, also by kill -9', async () => {
  const owner = startRemoteStore(file());
  opened.push(owner);
  await contentOf(owner);
  await owner.save(recordOf('a'));
  const next = storeAt(file());
  const refusal = contentOf(next);
  await expect(refusal).rejects.toThrow(StoreUnavailable);
  await expect(refusal).rejects.toThrow(`${file()} belongs to another process (process ${owner.pid} on `);
  await owner.kill();
  expect(await contentOf(next)).toEqual([recordOf('a')]);
  await next.close();
});

test.each([
  {
    what: 'of a newer version',
    spoil: () => runSql(file(), 'PRAGMA user_version = 2'),
    says: 'has schema version 2, this program knows 1',
  },
  {
    what: 'of another program',
    spoil: () => runSql(file(), 'PRAGMA user_version = 0'),
    says: 'is a SQLite database of another program',
  },
  {
    what: 'that is no database',
    spoil: () => writeFile(file(), 'x'.repeat(10_000)),
    says: 'file is not a database',
  },
  {
    what: 'with a damaged page',
    spoil: async () => {
      const bytes = await readFile(file());
      await writeFile(file(), bytes.fill(0x5a, 8_192, 16_384));
    },
    says: 'is damaged: ',
  },
])('refuses a file $what, names it and does not change it', async ({ spoil, says }) => {
  await savedAndClosed(Array.from({ length: 100 }, (_, index) => `a-${index}`));
  await spoil();
  const before = await readFile(file());
  const refusal = contentOf(storeAt(file()));
  await expect(refusal).rejects.toThrow(StoreFileFault);
  await expect(refusal).rejects.toThrow(file());
  await expect(refusal).rejects.toThrow(says);
  expect((await readFile(file())).equals(before)).toBe(true);
});

test.each([
  { what: 'in a folder that is not there', path: () => join(folder, 'none', 'reports.db') },
  { what: 'that is a folder', path: () => join(folder, 'folder') },
])('refuses a file $what', async ({ path }) => {
  await mkdir(join(folder, 'folder'));
  const refusal = contentOf(storeAt(path()));
  await expect(refusal).rejects.toThrow(StoreFileFault);
  await expect(refusal).rejects.toThrow(path());
});

test('keeps its log small under many large writes', async () => {
  const store = storeAt(file());
  await contentOf(store);
  const large = { nslookup: { host: Array.from({ length: 30 }, (_, index) => `${index}-${'x'.repeat(2_000)}`) } };
  for (let round = 1; round <= 10; round++) {
    const records = Array.from({ length: 100 }, (_, index) => recordOf(`a-${index}`, round, large));
    await Promise.all(records.map((record) => store.save(record)));
  }
  const { size } = await stat(`${file()}-wal`);
  // One transaction and what is written before it comes to a checkpoint; sixty million bytes were written.
  expect(size).toBeLessThan(24 * 1_048_576);
  await store.close();
  expect(await contentOf(storeAt(file()))).toHaveLength(100);
});

test('removes records for which there is no room in memory, and says how many', async () => {
  await savedAndClosed(['a', 'b', 'c']);
  const problems: string[] = [];
  const store = storeAt(file(), problems);
  await store.open((change) => change.kind === 'removed' || change.record.name === 'b');
  await store.close();
  expect(problems).toEqual([`2 records are removed from ${file()}: there is no room for them in memory`]);
  expect(await contentOf(storeAt(file()))).toEqual([recordOf('b')]);
});

test('skips records that it cannot read, with a line for each', async () => {
  await savedAndClosed(['a', 'b', 'c', 'd']);
  await runSql(file(), `UPDATE reports SET record = '{"name":' WHERE name = 'a'`);
  await runSql(file(), `UPDATE reports SET record = json_remove(record, '$.report.nodename') WHERE name = 'b'`);
  await runSql(file(), `UPDATE reports SET name = 'moved' WHERE name = 'c'`);
  const problems: string[] = [];
  const store = storeAt(file(), problems);
  expect(await contentOf(store)).toEqual([recordOf('d')]);
  await store.close();
  expect(problems.toSorted()).toEqual([
    expect.stringContaining(`the record "a" in ${file()} cannot be read: `),
    expect.stringContaining('report.nodename: '),
    expect.stringContaining('it is the record of "c"'),
  ]);
});

test('opens the file by itself when a record comes first', async () => {
  const store = storeAt(file());
  await store.save(recordOf('a'));
  await store.close();
  const again = storeAt(file());
  expect(byName(await contentOf(again))).toEqual([recordOf('a')]);
  await again.close();
});
