/** Who is rebooted, and who is left alone: each limit, and that no story of reports makes a node reboot without end. */

import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { nodeRef } from '../../tests/fixtures/nodes.ts';
import { needsOf, type RebootRules, type ReportedHost } from './reboot-need.ts';
import {
  inRebootOrder,
  RETRY_AFTER_MS,
  type RebootCandidate,
  type RebootMemory,
  rebootDecision,
  remembered,
  withoutForgotten,
} from './reboots.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.UTC(2026, 5, 10, 12);
const RULES: RebootRules = { maxUptimeMs: 60 * DAY_MS, minUptimeMs: HOUR_MS };
const MOMENT = { rules: RULES, nowMs: NOW_MS };
const OPEN = { isOpen: true, reasons: [] };

/** Up for ten days, without a sentinel. */
const HOST: ReportedHost = {
  reportedMs: NOW_MS,
  uptimeSeconds: 864_000,
  bootId: 'b-1',
  sentinel: { state: 'absent', changedMs: null },
};
const present = (changedMs: number | null) => ({ sentinel: { state: 'present', changedMs } }) as const;

function candidate(change: Partial<RebootCandidate> = {}, host: Partial<ReportedHost> | null = {}): RebootCandidate {
  return {
    node: nodeRef('node-1'),
    group: 'workers',
    groupIndex: 1,
    bootId: 'b-1',
    host: host === null ? null : { ...HOST, ...host },
    isAskedFor: false,
    conditions: [],
    blockingPods: [],
    otherTools: [],
    isInWork: false,
    gate: OPEN,
    ...change,
  };
}
const uptime = (ms: number) => ({ uptimeSeconds: ms / 1_000 });
const decide = (one: RebootCandidate, memory: RebootMemory | null = null) => rebootDecision(one, memory, MOMENT);
const SENTINEL = candidate({}, present(NOW_MS - HOUR_MS));

test.each<[string, RebootCandidate, string]>([
  ['nothing asks for it', candidate(), 'not-needed'],
  ['its sentinel is there', SENTINEL, 'reboot'],
  ['its sentinel is there, since nobody knows when', candidate({}, present(null)), 'reboot'],
  // Unknown is not required (kured #976).
  ['its agent cannot look', candidate({}, { sentinel: { state: 'unknown', changedMs: null } }), 'not-needed'],
  ['it has no report', candidate({}, null), 'not-needed'],
  ['the report is from an earlier boot', candidate({ bootId: 'b-2' }, present(NOW_MS)), 'not-needed'],
  ['the kubelet does not say which boot it is', candidate({ bootId: '' }, present(NOW_MS)), 'reboot'],
  ['the report does not say which boot it is', candidate({}, { ...present(NOW_MS), bootId: null }), 'reboot'],
  ['it is up for exactly the limit', candidate({}, uptime(60 * DAY_MS)), 'not-needed'],
  ['it is up for longer', candidate({}, uptime(60 * DAY_MS + 1_000)), 'reboot'],
  ['its uptime is not known', candidate({}, { ...uptime(0), reportedMs: 0 }), 'not-needed'],
  ['somebody asks for it', candidate({ isAskedFor: true }, null), 'reboot'],
  ['a condition is True', candidate({ conditions: [{ type: 'KernelDeadlock', changedMs: 1 }] }, null), 'reboot'],
  ['it has just booted', candidate({}, { ...present(NOW_MS), ...uptime(HOUR_MS - 1_000) }), 'too-soon'],
  ['it has booted an hour ago', candidate({}, { ...present(NOW_MS), ...uptime(HOUR_MS) }), 'reboot'],
  // Somebody else has rebooted it since the file was written.
  [
    'its sentinel is older than its boot',
    candidate({}, { ...present(NOW_MS - 2 * DAY_MS), ...uptime(DAY_MS) }),
    'ineffective',
  ],
  [
    'its sentinel is as old as its boot',
    candidate({}, { ...present(NOW_MS - DAY_MS - 300_000), ...uptime(DAY_MS) }),
    'reboot',
  ],
  ['a blocking pod runs on it', { ...SENTINEL, blockingPods: ['a/b'] }, 'blocked'],
  ['another tool is at work on it', { ...SENTINEL, otherTools: ['kured'], blockingPods: ['a/b'] }, 'refused'],
  ['its maintenance is under way', { ...SENTINEL, isInWork: true, otherTools: ['kured'] }, 'in-work'],
  ['the windows are closed', { ...SENTINEL, gate: { isOpen: false, reasons: ['frozen'] } }, 'gate-closed'],
  [
    'the windows are closed, and nothing asks for it',
    candidate({ gate: { isOpen: false, reasons: ['frozen'] } }),
    'not-needed',
  ],
])('M43, M44: where %s: %s', (_what, one, expected) => {
  const decision = decide(one);
  expect(decision.kind).toBe(expected);
  if (decision.kind !== 'not-needed') expect(decision.reason).not.toBe('');
});

test('M43: without a limit of the uptime no node is up for too long', () => {
  const rules = { ...RULES, maxUptimeMs: null };
  expect(rebootDecision(candidate({}, uptime(1_000 * DAY_MS)), null, { rules, nowMs: NOW_MS }).kind).toBe('not-needed');
});

test('M43: the reason of every other decision is for people', () => {
  const reasonOf = (one: RebootCandidate) => {
    const decision = decide(one);
    return decision.kind === 'not-needed' ? null : decision.reason;
  };
  expect(reasonOf({ ...SENTINEL, isAskedFor: true })).toBe('somebody asks for it, its sentinel file is there');
  expect(reasonOf(candidate({}, uptime(61.5 * DAY_MS)))).toBe('it is up for 61 days');
  expect(reasonOf({ ...SENTINEL, blockingPods: ['a/b', 'c/d', 'e/f'] })).toBe(
    'blocking pods run on it: a/b and 2 more',
  );
  expect(reasonOf({ ...SENTINEL, otherTools: ['kured'] })).toBe('kured: two tools must not act on one node');
  expect(reasonOf({ ...SENTINEL, gate: { isOpen: false, reasons: ['frozen', 'alerts fire'] } })).toBe(
    'frozen; alerts fire',
  );
  expect(reasonOf(candidate({ conditions: [{ type: 'KernelDeadlock', changedMs: 1 }] }))).toBe(
    'its condition KernelDeadlock is True',
  );
});

/** After a reboot that was proven a day ago; the node has booted since. */
function afterReboot(before: RebootCandidate, endedMs = NOW_MS - DAY_MS): RebootMemory {
  const needs = needsOf(before, RULES, endedMs);
  return remembered(null, { node: before.node, needs, outcome: 'done', nowMs: endedMs });
}
const YESTERDAY = { bootId: 'b-2' };
const since = (change: Partial<ReportedHost>, facts: Partial<RebootCandidate> = {}) =>
  candidate({ ...YESTERDAY, ...facts }, { bootId: 'b-2', ...uptime(DAY_MS), ...change });

test.each<[string, RebootCandidate, RebootCandidate, string]>([
  ['the sentinel is gone', SENTINEL, since({}), 'not-needed'],
  ['the same sentinel is there', SENTINEL, since(present(NOW_MS - HOUR_MS)), 'ineffective'],
  ['a newer sentinel is there', SENTINEL, since(present(NOW_MS - HOUR_MS + 1)), 'reboot'],
  ['a sentinel without a time is there as before', candidate({}, present(null)), since(present(null)), 'ineffective'],
  [
    'the same sentinel is there, and somebody asks',
    SENTINEL,
    since(present(NOW_MS - HOUR_MS), { isAskedFor: true }),
    'reboot',
  ],
  [
    'the same sentinel is there, and a condition is True',
    SENTINEL,
    since(present(NOW_MS - HOUR_MS), { conditions: [{ type: 'A', changedMs: 1 }] }),
    'reboot',
  ],
  [
    'the node is another one',
    SENTINEL,
    since(present(NOW_MS - HOUR_MS), { node: { ...SENTINEL.node, uid: nodeRef('node-2').uid } }),
    'reboot',
  ],
  [
    'the same condition is True',
    candidate({ conditions: [{ type: 'A', changedMs: 7 }] }),
    since({}, { conditions: [{ type: 'A', changedMs: 7 }] }),
    'ineffective',
  ],
  [
    'the condition became True again',
    candidate({ conditions: [{ type: 'A', changedMs: 7 }] }),
    since({}, { conditions: [{ type: 'A', changedMs: 8 }] }),
    'reboot',
  ],
  [
    'another condition is True',
    candidate({ conditions: [{ type: 'A', changedMs: 7 }] }),
    since({}, { conditions: [{ type: 'B', changedMs: 7 }] }),
    'reboot',
  ],
  // An uptime that no reboot resets: that of a machine below the node's.
  [
    'it says the uptime of before',
    candidate({}, uptime(70 * DAY_MS)),
    since({ ...uptime(70 * DAY_MS + 120_000) }),
    'ineffective',
  ],
  ['it was up for too long again', candidate({}, uptime(170 * DAY_MS)), since({ ...uptime(61 * DAY_MS) }), 'reboot'],
])('M43: one reboot for each need; after it, where %s: %s', (_what, before, after, expected) => {
  expect(decide(after, afterReboot(before)).kind).toBe(expected);
});

test('M43: a need that was served stays served when another one is', () => {
  const both = { ...SENTINEL, conditions: [{ type: 'A', changedMs: 7 }] };
  const first = afterReboot({ ...SENTINEL, conditions: [{ type: 'A', changedMs: 7 }] }, NOW_MS - 2 * DAY_MS);
  const second = remembered(first, {
    node: both.node,
    needs: needsOf(both, RULES, NOW_MS),
    outcome: 'done',
    nowMs: NOW_MS - DAY_MS,
  });
  expect(decide(both, second).kind).toBe('ineffective');
});

test.each([
  ['done', HOUR_MS - 1, 'too-soon'],
  ['undrained', RETRY_AFTER_MS - 1, 'too-soon'],
  ['undrained', RETRY_AFTER_MS, 'reboot'],
  ['act-failed', RETRY_AFTER_MS - 1, 'too-soon'],
  ['aborted', RETRY_AFTER_MS, 'reboot'],
] as const)('M43: after %s, %i ms later: %s', (outcome, laterMs, expected) => {
  const ended = { node: SENTINEL.node, needs: [], outcome, nowMs: NOW_MS - laterMs };
  expect(decide(SENTINEL, remembered(null, ended)).kind).toBe(expected);
});

test('a reboot that came to nothing takes no need away, and none that was served before', () => {
  const first = afterReboot(SENTINEL);
  const failed = { node: SENTINEL.node, needs: [], outcome: 'undrained', nowMs: NOW_MS - DAY_MS } as const;
  expect(remembered(first, failed).served).toEqual(first.served);
  expect(remembered(null, failed).served).toEqual([]);
});

test('nodes are in the order of their groups, then of their needs, the oldest first, then of their names', () => {
  const named = (name: string, change: Partial<RebootCandidate>, host: Partial<ReportedHost> = {}) =>
    candidate({ node: nodeRef(name), ...change }, host);
  const sorted = [
    named('z', { groupIndex: 0 }, present(NOW_MS)),
    named('y', { isAskedFor: true }),
    named('x', { conditions: [{ type: 'A', changedMs: 1 }] }),
    named('w', {}, present(NOW_MS - 2)),
    named('u', {}, present(NOW_MS - 1)),
    named('v', {}, present(NOW_MS - 1)),
    named('a', {}, present(null)),
    named('t', {}, uptime(70 * DAY_MS)),
    named('s', {}, uptime(65 * DAY_MS)),
    named('b', {}),
  ];
  const order = (list: readonly RebootCandidate[]) => inRebootOrder(list, MOMENT).map(({ node }) => node.name);
  expect(order(sorted.toReversed())).toEqual(sorted.map(({ node }) => node.name));
  expect(order(sorted.toSorted((one, other) => (one.node.name < other.node.name ? -1 : 1)))).toEqual(
    sorted.map(({ node }) => node.name),
  );
});

test.each<[string, RebootCandidate | null, number, boolean]>([
  ['is gone', null, 0, false],
  ['is another one', candidate({ node: { ...SENTINEL.node, uid: nodeRef('node-2').uid } }), 0, false],
  ['needs nothing, and was rebooted long ago', candidate(), HOUR_MS, false],
  ['needs nothing, and was rebooted just now', candidate(), HOUR_MS - 1, true],
  ['needs what it needed', SENTINEL, DAY_MS, true],
  ['has no report', candidate({}, null), DAY_MS, true],
])('what is remembered of a node that %s', (_what, one, agoMs, isKept) => {
  const memory = afterReboot(SENTINEL, NOW_MS - agoMs);
  expect(withoutForgotten([memory], one === null ? [] : [one], MOMENT)).toEqual(isKept ? [memory] : []);
});

/** A node that is looked at every five minutes, and whatever its sentinel file and its report do meanwhile. */
const look = fc.record({
  sentinelMs: fc.oneof(
    { weight: 6, arbitrary: fc.constant('as before' as const) },
    { weight: 1, arbitrary: fc.constant('gone' as const) },
    { weight: 1, arbitrary: fc.constant('written' as const) },
  ),
  isReported: fc.boolean(),
  isReportOld: fc.boolean(),
});

test('M43: over any story a node is rebooted at most once for each time that its sentinel file was written', () => {
  fc.assert(
    fc.property(fc.array(look, { minLength: 30, maxLength: 120 }), fc.boolean(), (looks, keepsFile) => {
      let nowMs = NOW_MS;
      let bootedMs = NOW_MS - 10 * DAY_MS;
      let boots = 1;
      let writtenMs: number | null = null;
      let written = 0;
      let reboots = 0;
      let memory: readonly RebootMemory[] = [];
      let lastHost: ReportedHost | null = null;
      for (const { sentinelMs, isReported, isReportOld } of looks) {
        nowMs += 300_000;
        if (sentinelMs === 'gone') writtenMs = null;
        if (sentinelMs === 'written') {
          writtenMs = nowMs;
          written += 1;
        }
        const sentinel = writtenMs === null ? HOST.sentinel : present(writtenMs).sentinel;
        const newest = { reportedMs: nowMs, uptimeSeconds: (nowMs - bootedMs) / 1_000, bootId: `b-${boots}`, sentinel };
        const host: ReportedHost | null = isReported ? newest : isReportOld ? lastHost : null;
        lastHost = newest;
        const one = candidate({ bootId: `b-${boots}`, host });
        const moment = { rules: RULES, nowMs };
        memory = withoutForgotten(memory, [one], moment);
        const decision = rebootDecision(one, memory[0] ?? null, moment);
        if (decision.kind !== 'reboot') continue;
        expect(nowMs - bootedMs).toBeGreaterThanOrEqual(RULES.minUptimeMs);
        reboots += 1;
        boots += 1;
        bootedMs = nowMs;
        if (!keepsFile) writtenMs = null;
        memory = [remembered(memory[0] ?? null, { node: one.node, needs: decision.needs, outcome: 'done', nowMs })];
      }
      expect(reboots).toBeLessThanOrEqual(written);
    }),
    { numRuns: 500 },
  );
});
