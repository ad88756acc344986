/** What people read about a watch. */

import { expect, test } from '@jest/globals';
import { describeWatch, type WatchFacts } from './messages.ts';

const FACTS: WatchFacts = {
  cluster: 'prod',
  state: 'ok',
  failuresToAlarm: 3,
  counts: { expected: 12, reporting: 12, absent: 0, outdated: 0, suppressed: 0 },
  unavailable: null,
  writeProblem: null,
  pauseReason: null,
  failing: [],
  unnamed: 0,
  alarmedNodes: [],
  sinceMs: Date.parse('2026-01-31T14:00:00Z'),
  lastEvaluationMs: Date.parse('2026-01-31T14:05:09Z'),
  nextEvaluationMs: Date.parse('2026-01-31T14:06:09Z'),
};
const failing = Array.from({ length: 100 }, (_, index) => ({
  agent: `a${index}`,
  node: `n${index}`,
  failure: 'absent',
}));

test.each<[Partial<WatchFacts>, string | RegExp]>([
  [
    {},
    'The agents of prod report since 2026-01-31 14:00:00 UTC. 12 of 12 agents report, 0 absent, 0 outdated, 0 suppressed. Last evaluation: 2026-01-31 14:05:09 UTC. Next evaluation: 2026-01-31 14:06:09 UTC.',
  ],
  [{ state: 'failing', failing: failing.slice(0, 1) }, /^Agents of prod fail since .* Failing: a0 on n0 \(absent\)\. /],
  [{ writeProblem: 'patch nodes/status n: 403' }, /\. Not done, and due again .*: patch nodes\/status n: 403\. /],
  [{ failing: failing.slice(0, 10) }, /a9 on n9 \(absent\)\./],
  [{ failing: failing.slice(0, 11) }, /a9 on n9 \(absent\) and 1 more\./],
  [{ failing, unnamed: 9_900 }, /a9 on n9 \(absent\) and 9990 more\./],
  [{ failing: [{ agent: 'a', node: null, failure: 'absent' }] }, /a on no node/],
  [{ state: 'unknown', unavailable: 'it is away' }, /is unknown since .*3 verdicts in a row.*no verdict: it is away\./],
  [
    { state: 'paused', pauseReason: 'works', nextEvaluationMs: null },
    /is paused since .* \(works\): .*resumeWatching\./,
  ],
  [{ alarmedNodes: ['n1', 'n2'] }, /Alarmed nodes: n1, n2\./],
  [{ sinceMs: null, counts: null, lastEvaluationMs: null }, /^The agents of prod report\. Next/],
])('the description of a watch with %j', (changes, words) => {
  const text = describeWatch({ ...FACTS, ...changes });
  if (typeof words === 'string') expect(text).toBe(words);
  else expect(text).toMatch(words);
});
