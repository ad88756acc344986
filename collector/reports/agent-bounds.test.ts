/** What a registry keeps: bytes as they are stored, with what is on its way into the store. */

import { expect, test } from '@jest/globals';

import type { AgentReport } from '../../contracts/connectivity/agent-report.ts';
import type { AgentRecord, ReportStore } from '../stores/report-store.ts';
import { AgentRegistry } from './agent-registry.ts';
import { createReportClock } from './clock.ts';
import { reportOf as keptReportOf, knownAgent } from './known-agent.ts';
import { ReportProblem } from './parser.ts';
import { NoRoom, TOTAL_BYTES_MAX } from './room.ts';

const NEVER_RAN = { lastAliveMs: null, outages: [] };
const LARGE = 60_000;

function reportOf(podname: string, text: string): AgentReport {
  return {
    report_interval: 60,
    nodename: 'node',
    podname,
    hostdate: '2026-11-22T07:00:00Z',
    uptime: 1,
    nslookup: { host: [text] },
    network_probes: null,
    ips: null,
  };
}

const recordNamed = (name: string, text: string): AgentRecord => ({
  name,
  report: reportOf(name, text),
  lastUpdatedMs: 1,
  reportCount: 1,
  missCount: 0,
});

function registryOn(store: Partial<ReportStore>) {
  const whole: ReportStore = {
    open: async () => {},
    save: async () => {},
    remove: async () => {},
    problem: () => null,
    close: async () => {},
    ...store,
  };
  return new AgentRegistry({
    store: whole,
    agentsMax: 2e4,
    isShared: false,
    runId: 'run',
    expected: {
      areKnown: () => false,
      named: () => [],
    },
    clock: createReportClock({
      steadyMs: () => 1,
      wallMs: () => 1,
    }),
  });
}

test('a report is as large as its bytes, not as its characters', async () => {
  const registry = registryOn({});
  await registry.open(NEVER_RAN);
  await registry.take('a', reportOf('a', 'x'.repeat(LARGE)));
  await registry.take('b', reportOf('b', '字'.repeat(LARGE / 3)));
  await expect(registry.take('c', reportOf('c', '字'.repeat(LARGE / 2)))).rejects.toThrow(ReportProblem);
});

test.each(['x', 'é', '字', '😀', '\ud800'])(
  'text with %j is kept as it came, in a character for each byte',
  (character) => {
    const record = recordNamed('a', character.repeat(1_000));
    const known = knownAgent(record, 1);
    expect(keptReportOf(known)).toEqual(record.report);
    expect(known.text).toHaveLength(Buffer.byteLength(JSON.stringify(record.report)));
  },
);

test('reports are refused at the bound, which counts those being stored, but one in the place of a larger one is taken', async () => {
  const saves: PromiseWithResolvers<void>[] = [];
  const registry = registryOn({
    save() {
      const saving = Promise.withResolvers<void>();
      saves.push(saving);
      return saving.promise;
    },
  });
  await registry.open(NEVER_RAN);
  const attempts = Array.from({ length: 1_300 }, (_, index) =>
    registry.take(`agent-${index}`, reportOf(`agent-${index}`, 'x'.repeat(LARGE))),
  );
  const outcomes = Promise.allSettled(attempts);
  for (const save of saves) save.resolve();
  const refused = (await outcomes).filter((outcome) => outcome.status === 'rejected');
  expect(refused.every(({ reason }) => reason instanceof NoRoom)).toBe(true);
  expect(saves.length * LARGE).toBeLessThan(TOTAL_BYTES_MAX);
  expect((saves.length + 2) * (LARGE + 2_000)).toBeGreaterThan(TOTAL_BYTES_MAX);
  // In the place of a larger one.
  const smaller = registry.take('agent-0', reportOf('agent-0', 'x'));
  saves.at(-1)?.resolve();
  await smaller;
});

test('a store that holds more than fits is read as far as there is room', async () => {
  const kept: boolean[] = [];
  const registry = registryOn({
    async open(onChange) {
      for (let index = 0; index < 1_500; index++) {
        kept.push(onChange({ kind: 'set', record: recordNamed(`agent-${index}`, 'x'.repeat(LARGE)) }));
      }
      kept.push(onChange({ kind: 'set', record: recordNamed('too-large', 'x'.repeat(100_000)) }));
    },
  });
  await registry.open(NEVER_RAN);
  expect(registry.size()).toBe(kept.filter((isKept) => isKept).length);
  expect(registry.size() * LARGE).toBeLessThan(1.25 * TOTAL_BYTES_MAX);
  expect(registry.size()).toBeGreaterThan(1_000);
  expect(kept.at(-1)).toBe(false);
});

test('until the store is read, the problem and every refusal name the reason', async () => {
  const registry = registryOn({ open: () => Promise.reject(new Error('the disk is away')) });
  await expect(registry.open(NEVER_RAN)).rejects.toThrow('the disk is away');
  expect(registry.problem()).toBe('the reports that are stored were not read yet: the disk is away');
  await expect(registry.take('a', reportOf('a', ''))).rejects.toThrow('the disk is away');
});
