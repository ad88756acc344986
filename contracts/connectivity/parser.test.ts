/** Input, policy and the collector's answer: what is taken, and what is said of the rest. */

import { expect, test } from '@jest/globals';
import { anything, assert, property } from 'fast-check';
import {
  parseCollectorError,
  parseConnectivityPolicy,
  parseConnectivityVerdict,
  parseWatchConnectivityInput,
} from './parser.ts';
import type { ConnectivityVerdict, Sent } from './watch-connectivity.ts';

const POLICY = { intervalMs: 60_000, failuresToAlarm: 3, restartHealing: false, searchAttributes: true };
const AGENT = {
  agent: 'netchecker-agent-1',
  namespace: 'netchecker',
  node: 'lin-1',
  nodeUid: 'uid-1',
  os: 'linux',
  failure: 'absent',
  suppressedBy: null,
  sinceMs: 1_700_000_000_000,
  detail: 'no report',
} as const;
const VERDICT: Sent<ConnectivityVerdict> = {
  atMs: 1_700_000_000_000,
  ok: false,
  counts: { expected: 3, reporting: 2, absent: 1, outdated: 0, suppressed: 0, conflicting: 0 },
  failing: [AGENT],
  suppressed: [],
};

test('a right input, policy and verdict are taken as they are', () => {
  expect(parseWatchConnectivityInput({ cluster: 'prod', policy: POLICY })).toMatchObject({ ok: true });
  expect(parseConnectivityPolicy(POLICY)).toEqual({ ok: true, value: POLICY });
  expect(parseConnectivityVerdict(VERDICT)).toEqual({ ok: true, value: VERDICT });
});

test.each([
  [{ intervalMs: 1 }, true],
  [{ intervalMs: 0 }, false],
  [{ intervalMs: 86_400_000 }, true],
  [{ intervalMs: 86_400_001 }, false],
  [{ intervalMs: 1.5 }, false],
  [{ failuresToAlarm: 0 }, false],
  [{ failuresToAlarm: 1 }, true],
  [{ failuresToAlarm: 1_000 }, true],
  [{ failuresToAlarm: 1_001 }, false],
  [{ restartHealing: 'yes' }, false],
  [{ more: 1 }, false],
])('a policy with %j: %s', (changes, ok) => {
  expect(parseConnectivityPolicy({ ...POLICY, ...changes }).ok).toBe(ok);
});

const named = (count: number) => Array.from({ length: count }, () => AGENT);
const absent = (count: number) => ({ ...VERDICT.counts, absent: count });

test.each<[string, object, boolean]>([
  ['a hundred names', { failing: named(100), counts: absent(100) }, true],
  ['more names than are read', { failing: named(101), counts: absent(101) }, false],
  ['more names than it counts', { failing: named(2) }, false],
  ['ok with a failure', { ok: true }, false],
  ['not ok without a failure', { failing: [], counts: absent(0) }, false],
  ['a node that cannot be one', { failing: [{ ...AGENT, node: '../secrets' }] }, false],
  ['no node', { failing: [{ ...AGENT, node: null, nodeUid: null, os: null }] }, true],
  ['a failure that is no text', { failing: [{ ...AGENT, failure: 7 }] }, false],
  ['a failure that is empty', { failing: [{ ...AGENT, failure: '' }] }, false],
  ['ok with an unknown failure', { ok: true, counts: absent(0), failing: [{ ...AGENT, failure: 'sad' }] }, false],
  ['more known failures than it counts', { failing: [AGENT, AGENT, { ...AGENT, failure: 'sad' }] }, false],
  ['a suppression that is no text', { failing: [{ ...AGENT, suppressedBy: 7 }] }, false],
  ['a time that is none', { atMs: Number.MAX_VALUE }, false],
  ['an agent that is no pod', { failing: [{ ...AGENT, agent: '\u2603'.repeat(200) }] }, false],
  ['a uid with a line break', { failing: [{ ...AGENT, nodeUid: 'a\nb' }] }, false],
  ['an empty label', { failing: [{ ...AGENT, os: '' }] }, true],
  ['a negative count', { counts: { ...VERDICT.counts, reporting: -1 } }, false],
])('a verdict with %s: %j', (_what, changes, ok) => {
  expect(parseConnectivityVerdict({ ...VERDICT, ...changes }).ok).toBe(ok);
});

test('a reason that only a newer collector knows is read as other, and the verdict counts', () => {
  const parsed = parseConnectivityVerdict({
    ...VERDICT,
    counts: { ...VERDICT.counts, suppressed: 1 },
    suppressed: [{ ...AGENT, suppressedBy: 'node-dreaming' }],
  });
  expect(parsed).toMatchObject({ ok: true, value: { suppressed: [{ suppressedBy: 'other' }] } });
});

test.each([
  { what: 'beside a known one', counts: absent(1), failing: ['absent', 'sad'], read: ['absent', 'other'] },
  { what: 'alone, in no count that is known', counts: absent(0), failing: ['sad'], read: ['other'] },
])('a failure that only a newer collector knows is read as other: $what', ({ counts, failing, read }) => {
  const verdict = { ...VERDICT, counts, failing: failing.map((failure) => ({ ...AGENT, failure })) };
  const parsed = parseConnectivityVerdict(verdict);
  expect(parsed).toMatchObject({ ok: true, value: { failing: read.map((failure) => ({ failure })) } });
});

test('so is one that is suppressed', () => {
  const suppressed = [{ ...AGENT, failure: 'sad', suppressedBy: 'node-cordoned' }];
  expect(parseConnectivityVerdict({ ...VERDICT, suppressed })).toMatchObject({
    ok: true,
    value: { suppressed: [{ failure: 'other', suppressedBy: 'node-cordoned' }] },
  });
});

test('pods that are not scheduled are counted where the collector counts them', () => {
  const counts = { ...VERDICT.counts, unscheduled: 101 };
  expect(parseConnectivityVerdict({ ...VERDICT, counts })).toMatchObject({ ok: true, value: { counts } });
});

test('keys that only a newer collector knows are left out, and long texts are cut', () => {
  const answer = { ...VERDICT, transitions: ['more'], failing: [{ ...AGENT, mood: 'sad', detail: 'x'.repeat(1_000) }] };
  const parsed = parseConnectivityVerdict(answer);
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  expect(Object.keys(parsed.value)).toEqual(Object.keys(VERDICT));
  expect(parsed.value.failing[0]).toEqual({ ...AGENT, detail: `${'x'.repeat(159)}…` });
});

test('the parsers give a bounded answer to any input', () => {
  assert(
    property(anything({ maxDepth: 4, withNullPrototype: true }), (found) => {
      for (const parsed of [
        parseConnectivityVerdict(found),
        parseConnectivityPolicy(found),
        parseWatchConnectivityInput(found),
      ]) {
        expect(parsed.ok || parsed.problems.length > 0).toBe(true);
      }
      const error = parseCollectorError(found);
      expect(error === null || error.length <= 160).toBe(true);
    }),
    { numRuns: 500 },
  );
  const wrong = parseConnectivityVerdict({ ...VERDICT, failing: Array.from({ length: 100 }, () => ({})) });
  expect(wrong.ok ? [] : wrong.problems.length).toBeLessThanOrEqual(5);
});

test('a verdict of a megabyte is far smaller when it is kept', () => {
  const name = ['a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63), 'd'.repeat(61)].join('.');
  const longest = { ...AGENT, agent: name, namespace: name, node: name, nodeUid: 'u'.repeat(253), os: 'o'.repeat(63) };
  const agents = Array.from({ length: 100 }, () => ({ ...longest, detail: '\u2603'.repeat(5_000) }));
  const answer = { ...VERDICT, counts: absent(100), failing: agents, suppressed: agents };
  expect(Buffer.byteLength(JSON.stringify(answer))).toBeGreaterThan(1_000_000);
  const parsed = parseConnectivityVerdict(answer);
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  expect(Buffer.byteLength(JSON.stringify(parsed.value))).toBeLessThan(400_000);
});

test('the reason of a collector that has no verdict is read', () => {
  expect(parseCollectorError({ error: 'pods are not listed yet' })).toBe('pods are not listed yet');
  expect(parseCollectorError('<html>')).toBeNull();
});
