/** What is shown of the answers of an upgrade, and of the lack of one. */

import { afterEach, expect, test } from '@jest/globals';
import type { UpgradeClusterStatus } from '../contracts/upgrade/cluster-status.ts';
import type { Repeating } from '../runtime/repeat.ts';
import type { ClusterUpgrade } from '../temporal/upgrade/clusters.ts';
import { TARGET } from '../tests/fixtures/cluster-upgrade.ts';
import { until } from '../tests/fixtures/until.ts';
import { watchUpgrade } from './upgrade-watch.ts';

type Answer = Awaited<ReturnType<ClusterUpgrade['status']>>;

const STATUS: UpgradeClusterStatus = {
  cluster: 'weu',
  run: 'run-1',
  mode: 'upgrade',
  startedBy: 'anna',
  versions: { kubernetes: TARGET, cni: null, crictl: null, etcd: null, artifacts: [] },
  state: 'halted',
  outcome: null,
  detail: '',
  startedMs: 0,
  waitsFor: ['w-1 is held'],
  part: 'workers',
  wave: 'canary',
  inWork: [],
  problems: [],
  counts: {},
  leftCount: 1,
  nodes: { left: 0, 'in-work': 0, held: 1, failed: 0, 'passed-over': 0, done: 0 },
  approvalUntilMs: null,
  soak: null,
  pause: null,
  planDigest: 'sha256:a',
};
const answered = (change: Partial<UpgradeClusterStatus> = {}): Answer => ({
  kind: 'status',
  status: { ...STATUS, ...change },
});

let watching: Repeating | null = null;
afterEach(async () => {
  await watching?.stop();
  watching = null;
});

/** What was shown after these answers; the last one is given again and again. */
async function shownAfter(answers: readonly (Answer | Error)[]) {
  const shown: (string | null)[] = [];
  const warnings: unknown[] = [];
  let asked = 0;
  watching = watchUpgrade({
    async ask() {
      const answer = answers[Math.min(asked, answers.length - 1)];
      asked += 1;
      if (answer instanceof Error) throw answer;
      return answer ?? { kind: 'not-running', closedAs: null };
    },
    onStatus: (status) => void shown.push(status === null ? null : status.state),
    log: { warn: (problem: unknown) => void warnings.push(problem) },
    everyMs: 1,
  });
  await until(() => asked > answers.length, 'all questions');
  await watching.stop();
  return { shown: shown.slice(0, answers.length), warnings };
}

test('M30: an upgrade is asked from the start on, and again', async () => {
  expect(await shownAfter([answered(), answered({ state: 'running' })])).toMatchObject({
    shown: ['halted', 'running'],
  });
});

test.each<[string, Answer]>([
  ['one that has ended', { kind: 'not-running', closedAs: 'completed' }],
  ['a survey', answered({ mode: 'survey' })],
])('M52: %s is no upgrade that runs', async (_what, answer) => {
  const { shown } = await shownAfter([answered({ state: 'running' }), answer]);
  expect(shown).toEqual(['running', null]);
});

test('where nobody answers, and where Temporal is away, nothing is said, and it is asked again', async () => {
  const silent: Answer = { kind: 'silent', lastState: null };
  const { shown, warnings } = await shownAfter([silent, new Error('deadline exceeded'), answered()]);
  expect(new Set(shown)).toEqual(new Set(['halted']));
  expect(warnings).toEqual([{ error: new Error('deadline exceeded') }]);
});
