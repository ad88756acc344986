/** What is said of an agent: tables with the value below, at and above each limit. */

import { expect, test } from '@jest/globals';
import {
  type AgentNode,
  type AgentPod,
  judgeAgent,
  keptForMs,
  missedReports,
  type Outage,
  REPORT_AGE_MAX_MS,
  type ReportFacts,
  reportAgeMs,
} from './agent-judgement.ts';

const NOW_MS = 10_000_000;
const RULES = { reportTtlMs: 300_000, nodeGraceMs: 60_000 };
const POD: AgentPod = { name: 'agent', namespace: 'n', uid: 'p', nodeName: 'node-1', bornMs: 1_000, deleting: false };
const NODE: AgentNode = {
  name: 'node-1',
  uid: 'u',
  os: 'linux',
  ready: true,
  cordoned: false,
  deleting: false,
  bornMs: 0,
};
const reportOf = (ageMs: number, intervalMs = 60_000): ReportFacts => ({
  nodeName: 'node-1',
  intervalMs,
  receivedMs: NOW_MS - ageMs,
});
const judge = (
  report: ReportFacts | null,
  change: { pod?: Partial<AgentPod>; node?: Partial<AgentNode> | null; outages?: readonly Outage[] } = {},
) =>
  judgeAgent(
    { pod: { ...POD, ...change.pod }, node: change.node === null ? null : { ...NODE, ...change.node }, report },
    { rules: RULES, nowMs: NOW_MS, outages: change.outages ?? [] },
  );

test.each([
  [119_999, null],
  [120_000, null],
  [120_001, 'outdated'],
])('a report every 60 s that is %i ms old: %s', (ageMs, failure) => {
  expect(judge(reportOf(ageMs)).failure).toBe(failure);
});

test.each([
  [300_001, null],
  [7_200_000, null],
  [7_200_001, 'outdated'],
])(
  'an agent with an interval above the time to live is outdated after two of its intervals: %i ms: %s',
  (ageMs, failure) => {
    expect(judge(reportOf(ageMs, 3_600_000)).failure).toBe(failure);
  },
);

const YEAR_MS = 365 * 86_400_000;

test.each([
  [REPORT_AGE_MAX_MS, null],
  [REPORT_AGE_MAX_MS + 1, 'outdated'],
])('no interval that an agent claims keeps a report fresh beyond the bound: %i ms: %s', (ageMs, failure) => {
  expect(judge(reportOf(ageMs, YEAR_MS)).failure).toBe(failure);
});

test.each([
  [60_000, 300_000],
  [150_000, 300_000],
  [150_001, 300_002],
  [YEAR_MS, REPORT_AGE_MAX_MS],
])('a report every %i ms is kept for %i ms: never shorter than it counts', (intervalMs, keptMs) => {
  expect(keptForMs({ intervalMs }, RULES)).toBe(keptMs);
});

test('a pod without a report is absent since it was created', () => {
  expect(judge(null)).toEqual({ failure: 'absent', suppressedBy: null, sinceMs: 1_000, conflictingNode: null });
});

test('an outdated agent fails since its second interval was over', () => {
  expect(judge(reportOf(150_000)).sinceMs).toBe(NOW_MS - 30_000);
});

test('a report from the future of the collector’s clock is fresh', () => {
  expect(judge(reportOf(-86_400_000)).failure).toBeNull();
});

test.each([
  ['node-cordoned', { node: { cordoned: true } }],
  ['node-not-ready', { node: { ready: false } }],
  ['node-deleting', { node: { deleting: true } }],
  ['node-gone', { node: null }],
  ['pod-deleting', { pod: { deleting: true } }],
  ['node-young', { node: { bornMs: NOW_MS - 59_999 } }],
  [null, { node: { bornMs: NOW_MS - 60_000 } }],
  [null, { node: { bornMs: NOW_MS - 60_001 } }],
  ['pod-unscheduled', { pod: { nodeName: null }, node: null }],
] as const)('an agent that fails is suppressed by %s: %j', (reason, change) => {
  expect(judge(null, change)).toMatchObject({ failure: 'absent', suppressedBy: reason });
  expect(judge(reportOf(120_001), change)).toMatchObject({ failure: 'outdated', suppressedBy: reason });
  // One that reports needs no excuse.
  expect(judge(reportOf(0), change)).toMatchObject({ failure: null, suppressedBy: null });
});

test('a report that names another node than that of the pod counts, and the conflict is reported', () => {
  const report = { ...reportOf(0), nodeName: 'node-2' };
  expect(judge(report)).toMatchObject({ failure: null, conflictingNode: 'node-2' });
  expect(judge(report, { pod: { nodeName: null } }).conflictingNode).toBeNull();
});

test.each<[string, readonly Outage[], number]>([
  ['no outage', [], 100],
  ['one in the middle', [{ fromMs: NOW_MS - 80, untilMs: NOW_MS - 50 }], 70],
  ['one that began before the report', [{ fromMs: NOW_MS - 500, untilMs: NOW_MS - 60 }], 60],
  ['one that is not over', [{ fromMs: NOW_MS - 30, untilMs: NOW_MS + 5 }], 70],
  ['one that was over before', [{ fromMs: NOW_MS - 300, untilMs: NOW_MS - 100 }], 100],
  ['one that hides all', [{ fromMs: NOW_MS - 300, untilMs: NOW_MS }], 0],
])('silence while no report could be taken does not age a report: %s', (_title, outages, ageMs) => {
  expect(reportAgeMs(NOW_MS - 100, { nowMs: NOW_MS, outages })).toBe(ageMs);
});

test.each([
  [119_999, 0],
  [120_000, 1],
  [179_999, 1],
  [180_000, 2],
])('a report every 60 s that is %i ms old: %i were missed', (ageMs, missed) => {
  expect(missedReports(reportOf(ageMs), { nowMs: NOW_MS, outages: [] })).toBe(missed);
});

test('an agent without an interval misses nothing, and is outdated at once', () => {
  expect(missedReports(reportOf(5_000, 0), { nowMs: NOW_MS, outages: [] })).toBe(0);
  expect(judge(reportOf(0, 0)).failure).toBeNull();
  expect(judge(reportOf(1, 0)).failure).toBe('outdated');
});
