/** What every report store must do, on the real SQLite file, the real etcd and the real API server. */

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import type { AgentRecord, RecordChange, ReportStore } from '../../../collector/stores/report-store.ts';
import { StoreUnavailable } from '../../../collector/stores/report-store.ts';
import type { AgentReport } from '../../../contracts/connectivity/agent-report.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { byName, contentOf, recordOf } from './records.ts';
import { customResourceRig, embeddedRig, etcdRig, etcdWithTlsRig, type StoreRig } from './store-rig.ts';

/** For what takes a moment: a change that is told, a problem that is over. */
const SOON_MS = 120_000;
/** For what must not happen. */
const STEADY_MS = 1_500;

const ODD_REPORTS: readonly { what: string; changes: Partial<AgentReport> }[] = [
  { what: 'null lists', changes: { nslookup: null, ips: null, network_probes: null } },
  { what: 'empty lists', changes: { nslookup: {}, ips: {}, network_probes: [], tcp_probes: [], dns_probes: [] } },
  { what: 'null and empty lists of addresses', changes: { ips: { lo: null, eth0: [] }, nslookup: { a: [''] } } },
  {
    what: 'keys that objects have by themselves',
    changes: { ips: JSON.parse('{"__proto__":["10.0.0.1"],"constructor":["x"],"toString":null}') },
  },
  {
    what: 'unicode and control characters',
    changes: { nodename: 'nœud-😀-\u202e\n\t"\\', hostdate: '', ips: { 'Ethernet µ\u0001': ['fe80::1%ゾ'] } },
  },
  {
    what: 'the largest numbers',
    changes: {
      uptime: Number.MAX_SAFE_INTEGER,
      report_interval: 0,
      network_probes: [
        {
          URL: 'http://a',
          ConnectionResult: 0,
          HTTPCode: 0,
          Total: 0x8637bd05af6,
          TCPConnection: 0,
          ContentTransfer: Number.MAX_SAFE_INTEGER,
          DNSLookup: -1,
          Connect: 0,
          ServerProcessing: 0,
        },
      ],
    },
  },
  {
    what: 'the probes of our own agent',
    changes: {
      tcp_probes: [
        { target: 'a:1', ok: true, ms: 3, error: null },
        { target: 'b:2', ok: false, ms: 1_000, error: 'ECONNREFUSED' },
      ],
      dns_probes: [{ name: 'a.b', ok: true, ms: 0, addresses: [], error: null }],
      host: { bootId: 'b-1', sentinel: { state: 'present', changedMs: 1_780_000_000_123 } },
    },
  },
  {
    what: 'a host of which nothing is known',
    changes: {
      host: { bootId: null, sentinel: { state: 'unknown', changedMs: null } },
    },
  },
];

const RIGS: readonly { kind: string; start: () => Promise<StoreRig>; isShared: boolean }[] = [
  { kind: 'embedded', start: embeddedRig, isShared: false },
  { kind: 'etcd', start: etcdRig, isShared: true },
  { kind: 'etcd with TLS', start: etcdWithTlsRig, isShared: true },
  { kind: 'custom resources', start: customResourceRig, isShared: true },
];

describe.each(RIGS)('$kind', ({ start, isShared }) => {
  let rig: StoreRig;
  const opened: ReportStore[] = [];

  beforeAll(async () => {
    rig = await start();
  });
  afterAll(() => rig.stop());
  beforeEach(() => rig.freshPlace());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  async function openStore(store: ReportStore, onChange: (change: RecordChange) => void = () => {}) {
    opened.push(store);
    return { store, records: byName(await contentOf(store, onChange)) };
  }

  /** What another opening finds after this store was closed. */
  async function keptBy(store: ReportStore): Promise<AgentRecord[]> {
    await store.close();
    return (await openStore(rig.create())).records;
  }

  test('opens empty where nothing was saved', async () => {
    const { store, records } = await openStore(rig.create());
    expect(records).toEqual([]);
    expect(store.problem()).toBeNull();
  });

  test('gives after a restart what was saved, with its counters', async () => {
    const { store } = await openStore(rig.create());
    const saved = [recordOf('a', 7), { ...recordOf('b.c-d', 3), missCount: 2 }];
    await Promise.all(saved.map((record) => store.save(record)));
    expect(await keptBy(store)).toEqual(saved);
  });

  test('keeps the newest of a hundred records of one name that were saved at once', async () => {
    const { store } = await openStore(rig.create());
    await Promise.all(Array.from({ length: 100 }, (_, index) => store.save(recordOf('a', index + 1))));
    await store.save(recordOf('b'));
    expect(await keptBy(store)).toEqual([recordOf('a', 100), recordOf('b')]);
  });

  test('keeps the newest record of each name when names and records come mixed', async () => {
    const { store } = await openStore(rig.create());
    const saves: Promise<void>[] = [];
    for (let round = 1; round <= 5; round += 1) {
      for (const name of ['a', 'b', 'c']) saves.push(store.save(recordOf(name, round)));
      await Promise.race(saves);
    }
    await Promise.all(saves);
    expect(await keptBy(store)).toEqual(['a', 'b', 'c'].map((name) => recordOf(name, 5)));
  });

  test('keeps a thousand names that were saved at once', async () => {
    const { store } = await openStore(rig.create());
    const records = Array.from({ length: 1_000 }, (_, index) => recordOf(`agent-${index + 1_000}`, index));
    await Promise.all(records.map((record) => store.save(record)));
    expect(await keptBy(store)).toEqual(records);
  });

  test.each(ODD_REPORTS)('gives back a report with $what as it came', async ({ changes }) => {
    const { store } = await openStore(rig.create());
    // What was there before must not shine through.
    await store.save(recordOf('a', 1));
    await store.save(recordOf('a', 2, changes));
    const [kept] = await keptBy(store);
    expect(canonical(kept)).toEqual(canonical(recordOf('a', 2, changes)));
  });

  test('removes records, and names that are not there, and takes a name again', async () => {
    const { store } = await openStore(rig.create());
    await Promise.all(['a', 'b', 'c'].map((name) => store.save(recordOf(name))));
    await store.remove(['a', 'b', 'never-there']);
    await store.remove([]);
    await store.save(recordOf('b', 9));
    expect(await keptBy(store)).toEqual([recordOf('b', 9), recordOf('c')]);
  });

  test('lets the last of a save and a removal win that came together', async () => {
    const { store } = await openStore(rig.create());
    const writes = [store.save(recordOf('a')), store.remove(['a']), store.remove(['b']), store.save(recordOf('b'))];
    await Promise.all(writes);
    expect(await keptBy(store)).toEqual([recordOf('b')]);
  });

  test('finishes before it is closed, and refuses afterwards', async () => {
    const { store } = await openStore(rig.create());
    const saved = Promise.all([store.save(recordOf('a')), store.save(recordOf('b'))]);
    const kept = await keptBy(store);
    await saved;
    expect(kept).toEqual([recordOf('a'), recordOf('b')]);
    await expect(store.save(recordOf('c'))).rejects.toThrow(StoreUnavailable);
  });

  test('keeps every record that was acknowledged before kill -9', async () => {
    const { store } = await openStore(rig.createExposed());
    const acknowledged = new Map<string, number>();
    let isOver = false;
    const savers = Array.from({ length: 8 }, async (_, saver) => {
      for (let count = 1; !isOver; count += 1) {
        const name = `agent-${saver}-${count % 5}`;
        try {
          await store.save(recordOf(name, count));
          acknowledged.set(name, count);
        } catch {
          isOver = true;
        }
      }
    });
    await waitUntil(() => acknowledged.size === 40, { what: 'every name to be saved', timeoutMs: SOON_MS });
    await rig.crash();
    await Promise.all(savers);
    await rig.recover();
    const { records } = await openStore(rig.create());
    const kept = new Map(records.map(({ name, reportCount }) => [name, reportCount]));
    const lost = [...acknowledged].filter(([name, count]) => (kept.get(name) ?? 0) < count);
    expect(lost).toEqual([]);
  });

  test('refuses while it is down, says so, and goes on by itself', async () => {
    const { store } = await openStore(rig.createExposed());
    await store.save(recordOf('a', 1));
    await rig.beginOutage();
    const refused = async () => {
      const saves = Array.from({ length: 50 }, (_, index) => store.save(recordOf(`b-${index}`)));
      const outcomes = await Promise.allSettled(saves);
      return outcomes.every(({ status }) => status === 'rejected') && outcomes;
    };
    const outcomes = await waitUntil(refused, { what: 'all saves to be refused', timeoutMs: SOON_MS });
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: expect.any(StoreUnavailable) });
    await waitUntil(() => store.problem() !== null, { what: 'the problem to be told', timeoutMs: SOON_MS });
    await expect(store.remove(['a'])).rejects.toThrow(StoreUnavailable);
    // Several of the store's own tries.
    for (const endMs = Date.now() + STEADY_MS; Date.now() < endMs; await delay(20)) {
      expect(store.problem()).not.toBeNull();
    }
    await rig.endOutage();
    await waitUntil(() => store.problem() === null, { what: 'the problem to be over', timeoutMs: SOON_MS });
    await store.save(recordOf('c', 3));
    const kept = await keptBy(store);
    expect(kept.filter(({ name }) => !name.startsWith('b-'))).toEqual([recordOf('a', 1), recordOf('c', 3)]);
  });

  test(isShared ? 'shows two collectors what the other writes and removes' : 'refuses a second opening', async () => {
    const told = new Map<string, number | null>();
    const onChange = (change: RecordChange) => {
      if (change.kind === 'removed') told.set(change.name, null);
      else told.set(change.record.name, change.record.reportCount);
    };
    const { store: first } = await openStore(rig.create(), onChange);
    await first.save(recordOf('a', 1));
    const other = rig.create();
    if (!isShared) {
      await expect(openStore(other)).rejects.toThrow(/another process \(process \d+ on /);
      await first.save(recordOf('a', 2));
      return;
    }
    const { store: second, records } = await openStore(other);
    expect(records).toEqual([recordOf('a', 1)]);
    await Promise.all([second.save(recordOf('b', 5)), second.save(recordOf('a', 2))]);
    const sees = (name: string, count: number | null) => () => told.get(name) === count;
    await waitUntil(sees('b', 5), { what: 'the new record', timeoutMs: SOON_MS });
    await waitUntil(sees('a', 2), { what: 'the newer record', timeoutMs: SOON_MS });
    await second.remove(['b']);
    await waitUntil(sees('b', null), { what: 'the removal', timeoutMs: SOON_MS });
  });
});

/** Text with sorted keys: `toEqual` does not look at a key `__proto__`. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join()}}`;
}
