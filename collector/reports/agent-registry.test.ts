/** What a registry knows after restarts, outages and steps of the clock, and that it keeps nothing without end. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { AgentReport } from '../../contracts/connectivity/agent-report.ts';
import { type AgentPod, reportAgeMs } from '../../domain/connectivity/agent-judgement.ts';
import type { AgentRecord, RecordChange, ReportStore } from '../stores/report-store.ts';
import { StoreUnavailable } from '../stores/report-store.ts';
import { createFileHeartbeat, NO_HEARTBEAT } from '../verdict/heartbeat.ts';
import { AgentRegistry } from './agent-registry.ts';
import { createReportClock } from './clock.ts';
import { STRANGERS_MAX } from './places.ts';

const DAY_MS = 86_400_000;

/** Keeps its records in memory; `tell` is the voice of another collector. */
function memoryStore() {
  const records = new Map<string, AgentRecord>();
  const control = { isDown: false, tell: (_change: RecordChange): boolean => true };
  const demand = () => {
    if (control.isDown) throw new StoreUnavailable('down');
  };
  const store: ReportStore = {
    async open(onChange) {
      control.tell = onChange;
      for (const record of records.values()) onChange({ kind: 'set', record });
    },
    async save(record) {
      demand();
      records.set(record.name, record);
    },
    async remove(names) {
      demand();
      for (const name of names) records.delete(name);
    },
    problem: () => null,
    close: async () => {},
  };
  return { store, records, control };
}

const podOf = (name: string, change: Partial<AgentPod> = {}): AgentPod => ({
  name,
  namespace: 'n',
  uid: `uid-${name}`,
  nodeName: 'node-1',
  bornMs: 0,
  deleting: false,
  ...change,
});

function setUp(options: { store?: ReportStore; agentsMax?: number; isShared?: boolean; runId?: string } = {}) {
  const { store = memoryStore().store, agentsMax = 10, isShared = false, runId = 'run' } = options;
  const at = { steadyMs: 0, wallMs: 1_800_000_000_000, pods: [] as AgentPod[], arePodsKnown: true };
  const make = () =>
    new AgentRegistry({
      store,
      agentsMax,
      isShared,
      runId,
      expected: {
        areKnown: () => at.arePodsKnown,
        named: (name) => at.pods.filter((pod) => pod.name === name),
      },
      clock: createReportClock({
        steadyMs: () => at.steadyMs,
        wallMs: () => at.wallMs,
      }),
    });
  const pass = (ms: number) => {
    at.steadyMs += ms;
    at.wallMs += ms;
  };
  return { at, make, pass };
}

const reportOf = (podname: string, change: Partial<AgentReport> = {}): AgentReport => ({
  report_interval: 60,
  nodename: 'node-1',
  podname,
  hostdate: '2026-11-22T07:00:00Z',
  uptime: 1,
  nslookup: null,
  network_probes: null,
  ips: null,
  ...change,
});

test('a collector that is killed again and again excuses each time in which none ran, not only the last', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigilante-registry-'));
  try {
    const path = join(folder, 'reports.db.alive');
    const at = { nowMs: 0 };
    /** Runs from one moment to another and is killed; returns what it knows. */
    const run = async (fromMs: number, untilMs: number) => {
      at.nowMs = fromMs;
      const clock = createReportClock({ steadyMs: () => at.nowMs, wallMs: () => at.nowMs });
      const heartbeat = createFileHeartbeat(path);
      const expected = { areKnown: () => true, named: () => [] };
      const { store } = memoryStore();
      const registry = new AgentRegistry({ store, agentsMax: 10, isShared: false, runId: 'run', expected, clock });
      await registry.open(heartbeat.lastRun());
      heartbeat.beat(clock.nowMs(), registry.outages());
      at.nowMs = untilMs;
      heartbeat.beat(clock.nowMs(), registry.outages());
      return registry.outages();
    };
    await run(10_000, 20_000);
    expect(await run(25_000, 30_000)).toEqual([{ fromMs: 20_000, untilMs: 25_000 }]);
    expect(await run(37_000, 40_000)).toEqual([
      { fromMs: 20_000, untilMs: 25_000 },
      { fromMs: 30_000, untilMs: 37_000 },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([-365 * DAY_MS, -DAY_MS, -3_600_000, -1_000, 0, 1_000, 3_600_000, DAY_MS, 365 * DAY_MS])(
  'after a restart on its file, reports are as old as they were, whatever the wall clock did: a step of %i ms',
  async (stepMs) => {
    for (const stepsAt of ['before the note', 'while it was down', 'after the start'] as const) {
      const folder = mkdtempSync(join(tmpdir(), 'vigilante-registry-'));
      try {
        const heartbeat = createFileHeartbeat(join(folder, 'alive'));
        const { at, make, pass } = setUp();
        at.pods = [podOf('old'), podOf('new')];
        const ages = (registry: AgentRegistry) => {
          const nowMs = at.steadyMs + aheadMs;
          const moment = { nowMs, outages: registry.outages() };
          return at.pods.map((pod) => Math.round(reportAgeMs(registry.of(pod)?.receivedMs ?? Number.NaN, moment)));
        };
        let aheadMs = at.wallMs - at.steadyMs;
        const first = make();
        await first.open(heartbeat.lastRun());
        await first.take('old', reportOf('old'));
        pass(100_000);
        await first.take('new', reportOf('new'));
        if (stepsAt === 'before the note') at.wallMs += stepMs;
        pass(20_000);
        heartbeat.beat(at.steadyMs + aheadMs, first.outages());
        expect(ages(first)).toEqual([120_000, 20_000]);
        if (stepsAt === 'while it was down') at.wallMs += stepMs;
        pass(300_000);
        const second = make();
        await second.open(heartbeat.lastRun());
        // Where its clock stands now is what an outage that is not over would say.
        aheadMs = Math.max(at.wallMs, heartbeat.lastRun().lastAliveMs ?? 0) - at.steadyMs;
        if (stepsAt === 'after the start') at.wallMs += stepMs;
        expect(ages(second)).toEqual([120_000, 20_000]);
        pass(30_000);
        expect(ages(second)).toEqual([150_000, 50_000]);
        await second.take('old', reportOf('old'));
        expect(ages(second)).toEqual([0, 50_000]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }
  },
);

test('without a record of the last run, a collector is taken to have run until the newest report', async () => {
  const { at, make, pass } = setUp();
  at.pods = [podOf('a'), podOf('b')];
  const first = make();
  await first.open(NO_HEARTBEAT.lastRun());
  await first.take('a', reportOf('a'));
  pass(90_000);
  await first.take('b', reportOf('b'));
  pass(DAY_MS);
  const second = make();
  await second.open(NO_HEARTBEAT.lastRun());
  const moment = { nowMs: at.wallMs, outages: second.outages() };
  expect(at.pods.map((pod) => reportAgeMs(second.of(pod)?.receivedMs ?? 0, moment))).toEqual([90_000, 0]);
});

test.each([-DAY_MS, -60_000, 0, 60_000, DAY_MS])(
  'where the clocks of two collectors are %i ms apart, the report that came last counts with both',
  async (apartMs) => {
    const { store, control } = memoryStore();
    const ours = setUp({ store, isShared: true, runId: 'ours' });
    ours.at.pods = [podOf('a')];
    const registry = ours.make();
    await registry.open(NO_HEARTBEAT.lastRun());
    /** The other collector takes a report, and we see it at once. */
    const otherTakes = (reportCount: number) => {
      const ms = ours.at.wallMs + apartMs;
      const record = { name: 'a', report: reportOf('a', { uptime: reportCount }), lastUpdatedMs: ms };
      control.tell({ kind: 'set', record: { ...record, taken: { clock: 'other', ms }, reportCount, missCount: 0 } });
    };
    const seen = () => ({
      uptime: registry.get('a')?.report.uptime,
      ageMs: ours.at.wallMs - (registry.get('a')?.lastUpdatedMs ?? 0),
    });
    for (let round = 1; round <= 3; round++) {
      otherTakes(10 * round);
      expect(seen()).toEqual({ uptime: 10 * round, ageMs: 0 });
      ours.pass(60_000);
      expect(seen()).toEqual({ uptime: 10 * round, ageMs: 60_000 });
      await registry.take('a', reportOf('a', { uptime: 10 * round + 1 }));
      expect(seen()).toEqual({ uptime: 10 * round + 1, ageMs: 0 });
      ours.pass(60_000);
      expect(seen()).toEqual({ uptime: 10 * round + 1, ageMs: 60_000 });
    }
    // What is told again is not younger for it.
    await store.open(control.tell);
    expect(seen().ageMs).toBe(60_000);
  },
);

test('reports of older versions, which have only a wall clock, age from the newest of them', async () => {
  const { store, records } = memoryStore();
  const { at, make, pass } = setUp({ store, isShared: true });
  at.pods = [podOf('a'), podOf('b')];
  for (const [name, ms] of [
    ['a', 1_000],
    ['b', 91_000],
  ] as const) {
    records.set(name, { name, report: reportOf(name), lastUpdatedMs: ms, reportCount: 1, missCount: 0 });
  }
  const registry = make();
  await registry.open(NO_HEARTBEAT.lastRun());
  pass(5_000);
  expect(at.pods.map((pod) => at.wallMs - (registry.of(pod)?.receivedMs ?? 0))).toEqual([95_000, 5_000]);
});

test('agents without a pod never take the place of an expected one, and are bounded in number', async () => {
  const { at, make } = setUp({ agentsMax: 1_000 });
  at.pods = Array.from({ length: 1_000 }, (_, index) => podOf(`a-${index}`));
  const registry = make();
  await registry.open(NO_HEARTBEAT.lastRun());
  const strangers = (count: number, from = 0) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => {
        const name = `stranger-${from + index}`;
        return registry.take(name, reportOf(name)).catch(() => undefined);
      }),
    );
  for (let round = 0; round < 8; round++) await strangers(200, round * 200);
  expect(registry.size()).toBe(STRANGERS_MAX);
  for (const { name } of at.pods) await registry.take(name, reportOf(name));
  expect(at.pods.filter((pod) => registry.of(pod) === undefined)).toEqual([]);
  for (let round = 0; round < 5; round++) await strangers(100, 10_000 + round * 100);
  expect(registry.size()).toBe(1_000 + STRANGERS_MAX);
  // The one that came last is still there: its pod may become known in a moment.
  expect(registry.get('stranger-10499')).toBeDefined();
});

test('an agent that reports before its pod is known keeps its report, however many strangers come after it', async () => {
  const { at, make } = setUp({ agentsMax: 1_000 });
  const registry = make();
  await registry.open(NO_HEARTBEAT.lastRun());
  await registry.take('new', reportOf('new'));
  at.pods = [podOf('new')];
  for (let index = 0; index < 2 * STRANGERS_MAX; index++) await registry.take(`s-${index}`, reportOf(`s-${index}`));
  expect(registry.of(podOf('new'))).toBeDefined();
  expect(registry.size()).toBe(STRANGERS_MAX + 1);
});

test('while pods are not known every agent is taken, and afterwards expected agents have the first claim', async () => {
  const { at, make } = setUp({ agentsMax: 300 });
  at.arePodsKnown = false;
  const registry = make();
  await registry.open(NO_HEARTBEAT.lastRun());
  for (let index = 0; index < 300; index++) await registry.take(`s-${index}`, reportOf(`s-${index}`));
  await expect(registry.take('one-more', reportOf('one-more'))).rejects.toThrow('collector.agents.max (300)');
  at.pods = [podOf('known')];
  await registry.take('known', reportOf('known'));
  expect(registry.of(podOf('known'))).toBeDefined();
  expect(registry.size()).toBe(300);
});

test('two expected pods of one name have each the report from their own node', async () => {
  const { at, make, pass } = setUp();
  const one = podOf('a');
  const other = podOf('a', { namespace: 'm', uid: 'v', nodeName: 'node-2' });
  at.pods = [one, other];
  const registry = make();
  await registry.open(NO_HEARTBEAT.lastRun());
  await registry.take('a', reportOf('a', { uptime: 1 }));
  expect([registry.of(one)?.nodeName, registry.of(other)]).toEqual(['node-1', undefined]);
  await registry.take('a', reportOf('a', { nodename: 'node-2', uptime: 2 }));
  expect([registry.recordOf(one)?.report.uptime, registry.recordOf(other)?.report.uptime]).toEqual([1, 2]);
  expect(registry.podNames()).toHaveLength(1);
  at.pods = [one];
  pass(1_000);
  await registry.take('a', reportOf('a', { uptime: 3 }));
  expect(registry.recordOf(one)?.report.uptime).toBe(3);
});

test('series are kept only for the agents that are there, also where the metrics are never read', async () => {
  const { store, control } = memoryStore();
  const { at, make } = setUp({ store, agentsMax: 1_000 });
  at.pods = [podOf('a')];
  const registry = make();
  await registry.open(NO_HEARTBEAT.lastRun());
  for (let index = 0; index < 500; index++) await registry.take('a', reportOf('a', { nodename: `node-${index}` }));
  expect(registry.seriesCount()).toBe(1);
  control.isDown = true;
  for (let index = 0; index < 500; index++) {
    await registry.take('a', reportOf('a', { nodename: `down-${index}` })).catch(() => undefined);
  }
  expect(registry.seriesCount()).toBe(1);
  control.isDown = false;
  for (let index = 0; index < 500; index++) {
    await registry.take(`s-${index}`, reportOf(`s-${index}`, { nodename: `stranger-${index}` }));
    await registry.remove([`s-${index}`]);
  }
  expect(registry.seriesCount()).toBe(1);
});
