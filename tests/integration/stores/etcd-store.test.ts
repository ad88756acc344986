/** The etcd store: endpoints, leases, a watch without gaps, certificates. */

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createEtcdStore, type EtcdStoreOptions } from '../../../collector/stores/etcd-store.ts';
import { type RecordChange, type ReportStore, StoreUnavailable } from '../../../collector/stores/report-store.ts';
import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { makeCertificates } from './certificates.ts';
import { startProxy } from './cuttable-proxy.ts';
import { type EtcdServer, startEtcd } from './etcd-server.ts';
import { byName, contentOf, recordOf } from './records.ts';

const SOON_MS = 120_000;
const TIMEOUT_MS = 1_000;

let etcd: EtcdServer;
let tree = '';
let trees = 0;
const opened: ReportStore[] = [];
/** What a test started, ended after it in reverse order, however the test ended. */
const endings: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd.stop());
beforeEach(() => {
  trees += 1;
  tree = `/tree-${trees}`;
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  for (const end of endings.splice(0).toReversed()) await end();
});

function create(options: Partial<EtcdStoreOptions> = {}): ReportStore {
  const files = { certificateFile: null, keyFile: null, caFile: null };
  const limits = { timeoutMs: TIMEOUT_MS, recordTtlMs: 300_000 };
  const store = createEtcdStore({ endpoints: [etcd.url], tree, ...files, ...limits, onProblem: () => {}, ...options });
  opened.push(store);
  return store;
}

/** What a store was told since it was opened: the last of each name, null where it was removed. */
async function openedWithChanges(store: ReportStore) {
  const told = new Map<string, number | null>();
  const records = await contentOf(store, (change: RecordChange) => {
    if (change.kind === 'removed') told.set(change.name, null);
    else told.set(change.record.name, change.record.reportCount);
  });
  const tells = (name: string, count: number | null) =>
    waitUntil(() => told.get(name) === count, { what: `${name} to be told as ${count}`, timeoutMs: SOON_MS });
  return { told, records, tells };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const keyOf = (name: string) => base64(`${tree}/agents/${name}`);

async function leaseOf(name: string): Promise<string> {
  const found = (await etcd.call('/v3/kv/range', { key: keyOf(name) })) as { kvs: { lease: string }[] };
  return found.kvs[0]?.lease ?? '';
}

test('writes a record under the tree, with a lease that ends between its TTL and a quarter more', async () => {
  const store = create({ recordTtlMs: 300_000 });
  await store.save(recordOf('a'));
  await store.save(recordOf('b'));
  const lease = await leaseOf('a');
  expect(await leaseOf('b')).toBe(lease);
  const { grantedTTL } = (await etcd.call('/v3/lease/timetolive', { ID: lease })) as { grantedTTL: string };
  expect(Number(grantedTTL)).toBeGreaterThan(300);
  expect(Number(grantedTTL)).toBeLessThan(375);
});

test('reports that a record ended when its agent stayed silent, and keeps the one that is still written', async () => {
  const store = create({ recordTtlMs: 2_000 });
  const { tells, told } = await openedWithChanges(store);
  // Its agent's own interval must not keep it.
  await store.save(recordOf('silent', 1, { report_interval: 1 }));
  const writing = { isOver: false };
  const writer = (async () => {
    for (let count = 1; !writing.isOver; count += 1) {
      await store.save(recordOf('lively', count));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  await tells('silent', null);
  writing.isOver = true;
  await writer;
  expect(told.get('lively')).toBeGreaterThan(1);
  expect(await contentOf(create())).toMatchObject([{ name: 'lively' }]);
});

test('writes on when its lease is gone', async () => {
  const store = create();
  await store.save(recordOf('a'));
  await etcd.call('/v3/lease/revoke', { ID: await leaseOf('a') });
  await store.save(recordOf('b'));
  expect(await contentOf(create())).toEqual([recordOf('b')]);
});

test('goes on with the next endpoint when one is closed or does not answer', async () => {
  const [closed = 0, silent = 0] = await freePorts(2);
  const hung = createServer((socket) => socket.resume()).listen(silent, LOOPBACK);
  endings.push(() => new Promise((resolve) => hung.close(resolve)));
  const endpoints = [`http://${LOOPBACK}:${closed}`, `http://${LOOPBACK}:${silent}/`, `${etcd.url}/`];
  const store = create({ endpoints, timeoutMs: 3_000 });
  await store.save(recordOf('a'));
  expect(store.problem()).toBeNull();
  expect(await contentOf(store)).toEqual([recordOf('a')]);
});

test('refuses while etcd hangs, and goes on when it does', async () => {
  const store = create();
  const { tells } = await openedWithChanges(store);
  await store.save(recordOf('first'));
  // The watch stands, and does not notice.
  await tells('first', 1);
  etcd.signal('SIGSTOP');
  try {
    const outcomes = await Promise.allSettled(Array.from({ length: 300 }, (_, n) => store.save(recordOf(`a-${n}`))));
    // More than one transaction takes: the others are not tried one after the other.
    expect(new Set(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason)).size).toBe(1);
    expect(outcomes[0]?.status).toBe('rejected');
    expect(store.problem()).toContain(etcd.url);
  } finally {
    etcd.signal('SIGCONT');
  }
  await waitUntil(() => store.problem() === null, { what: 'the problem to be over', timeoutMs: SOON_MS });
  await store.save(recordOf('b'));
});

test('refuses a record that is too large for etcd, and takes the others', async () => {
  const store = create();
  const large = recordOf('large', 1, { nodename: 'x'.repeat(2_000_000) });
  const writes = [store.save(recordOf('a')), store.save(large), store.save(recordOf('b'))];
  const [first, second, third] = await Promise.allSettled(writes);
  expect(first?.status).toBe('fulfilled');
  expect(second).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) });
  expect(third?.status).toBe('fulfilled');
  expect(store.problem()).toBeNull();
});

/** Three bytes a character. */
const cjkReport = (characters: number) => ({ nslookup: { host: ['字'.repeat(characters)] } });

test('takes a hundred reports at once whose characters have three bytes each, and those of others beside them', async () => {
  const store = create({ timeoutMs: 5_000 });
  const others = Array.from({ length: 105 }, (_, index) => recordOf(`honest-${index + 100}`));
  const large = Array.from({ length: 100 }, (_, index) => recordOf(`large-${index + 100}`, 1, cjkReport(15_000)));
  // Mixed, so that each batch has some of both.
  const writes = others.flatMap((record, index) => [record, ...large.slice(index, index + 1)]);
  await Promise.all(writes.map((record) => store.save(record)));
  expect(store.problem()).toBeNull();
  expect(byName(await contentOf(create({ timeoutMs: 5_000 })))).toEqual([...others, ...large]);
});

test('writes to an etcd that takes less at once than the default, and refuses only what it does not take alone', async () => {
  const server = await startEtcd(undefined, ['--max-request-bytes=65536', '--max-txn-ops=16']);
  endings.push(() => server.stop());
  const problems: string[] = [];
  const store = create({ endpoints: [server.url], onProblem: (message) => problems.push(message) });
  const records = Array.from({ length: 300 }, (_, index) => recordOf(`agent-${index + 100}`));
  const tooLarge = store.save(recordOf('large', 1, cjkReport(60_000)));
  const writes = records.map((record) => store.save(record));
  await expect(tooLarge).rejects.toThrow('too large');
  await Promise.all(writes);
  expect(store.problem()).toBeNull();
  expect(problems).toEqual([expect.stringMatching(/^the store takes reports, but refused one: /)]);
  expect(byName(await contentOf(create({ endpoints: [server.url] })))).toEqual(records);
});

test('has a problem from the first write on that is refused since authentication was switched on, until it is off', async () => {
  const server = await startEtcd();
  endings.push(() => server.stop());
  const store = create({ endpoints: [server.url] });
  await contentOf(store);
  await store.save(recordOf('a'));
  const root = { name: 'root', password: 'secret' };
  await server.call('/v3/auth/user/add', root);
  await server.call('/v3/auth/role/add', { name: 'root' });
  await server.call('/v3/auth/user/grant', { user: 'root', role: 'root' });
  await server.call('/v3/auth/enable', {});
  const writes = await Promise.allSettled([store.save(recordOf('a', 2)), store.save(recordOf('b'))]);
  expect(writes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(store.problem()).toContain('user name is empty');
  const { token } = (await server.call('/v3/auth/authenticate', root)) as { token: string };
  await server.call('/v3/auth/disable', {}, { authorization: token });
  await waitUntil(() => store.problem() === null, { what: 'the problem to be over', timeoutMs: SOON_MS });
  await store.save(recordOf('b', 2));
});

test('has a problem while etcd has no space left for a write', async () => {
  const server = await startEtcd(undefined, ['--quota-backend-bytes=2000000']);
  endings.push(() => server.stop());
  const store = create({ endpoints: [server.url], timeoutMs: 5_000 });
  const fill = async () => {
    const writes = Array.from({ length: 20 }, (_, index) => store.save(recordOf(`a-${index}`, 1, cjkReport(20_000))));
    return (await Promise.allSettled(writes)).some(({ status }) => status === 'rejected');
  };
  await waitUntil(fill, { what: 'etcd to be full', timeoutMs: SOON_MS });
  await expect(store.save(recordOf('b'))).rejects.toThrow('space');
  expect(store.problem()).toContain('space');
});

test.each([{ isCompacted: false }, { isCompacted: true }])(
  'reports after a gap in the watch what changed in it (compacted: $isCompacted)',
  async ({ isCompacted }) => {
    const proxy = await startProxy(Number(new URL(etcd.url).port));
    endings.push(() => proxy.stop());
    const writer = create();
    await Promise.all([
      writer.save(recordOf('kept')),
      writer.save(recordOf('removed')),
      writer.save(recordOf('new', 1)),
    ]);
    const watcher = create({ endpoints: [`http://${LOOPBACK}:${proxy.port}`] });
    const { tells, told } = await openedWithChanges(watcher);
    await writer.save(recordOf('seen'));
    await tells('seen', 1);
    proxy.cut();
    await writer.remove(['removed', 'seen']);
    await Promise.all([writer.save(recordOf('new', 2)), writer.save(recordOf('born'))]);
    const { header } = (await etcd.call('/v3/kv/range', { key: keyOf('new') })) as { header: { revision: string } };
    if (isCompacted) await etcd.call('/v3/kv/compaction', { revision: header.revision });
    proxy.restore();
    await Promise.all([tells('removed', null), tells('seen', null), tells('new', 2), tells('born', 1)]);
    // The whole content is told only where single changes are no longer known.
    expect(told.has('kept')).toBe(isCompacted);
    await writer.save(recordOf('after', 4));
    await tells('after', 4);
  },
);

test('reports that all records are gone when etcd comes back empty', async () => {
  const server = await startEtcd();
  endings.push(() => server.stop());
  const store = create({ endpoints: [server.url] });
  const { tells } = await openedWithChanges(store);
  for (let count = 1; count <= 20; count += 1) await store.save(recordOf('a', count));
  await tells('a', 20);
  await server.kill();
  await server.restart({ empty: true });
  await tells('a', null);
  await store.save(recordOf('b', 7));
  await tells('b', 7);
});

test('skips values that are no records, with a line for each', async () => {
  const problems: string[] = [];
  const put = (name: string, text: string) => etcd.call('/v3/kv/put', { key: keyOf(name), value: base64(text) });
  await put('a', 'no json');
  await put('b', '{}');
  const store = create({ onProblem: (message) => problems.push(message) });
  const { tells } = await openedWithChanges(store);
  await put('c', '[]');
  await store.save(recordOf('d', 3));
  await tells('d', 3);
  expect(problems.toSorted()).toEqual(
    ['a', 'b', 'c'].map((name) => expect.stringContaining(`the record "${name}" in ${tree}/agents/ cannot be read: `)),
  );
  expect(byName(await contentOf(create()))).toEqual([recordOf('d', 3)]);
});

test('is refused with a foreign certificate, and let in when the files are replaced', async () => {
  const certificates = await makeCertificates();
  endings.push(() => certificates.remove());
  const server = await startEtcd(certificates);
  endings.push(() => server.stop());
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-client-'));
  endings.push(() => rm(folder, { recursive: true }));
  const files = { certificateFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
  const use = async ({ certificateFile, keyFile }: typeof files) => {
    await copyFile(certificateFile, files.certificateFile);
    await copyFile(keyFile, files.keyFile);
  };
  await use(certificates.stranger);
  const store = create({ endpoints: [server.url], ...files, caFile: certificates.caFile });
  await expect(contentOf(store)).rejects.toThrow(StoreUnavailable);
  await use(certificates.client);
  const isOpen = () =>
    contentOf(store).then(
      () => true,
      () => false,
    );
  await waitUntil(isOpen, { what: 'the new certificate to be used', timeoutMs: SOON_MS });
  await store.save(recordOf('a'));
});
