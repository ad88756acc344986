/** What becomes of every kind of answer of the collector, and of none. */

import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Evaluation } from '../../contracts/connectivity/watch-connectivity.ts';
import type { CollectorAnswer, EvaluationSample } from './deps.ts';
import { evaluateConnectivity } from './evaluation.ts';

const VERDICT = {
  atMs: 1,
  ok: true,
  counts: { expected: 2, reporting: 2, absent: 0, outdated: 0, suppressed: 0, conflicting: 0 },
  failing: [],
  suppressed: [],
};
const INPUT = { timeoutMs: 1_000, state: 'ok', intervalMs: 60_000 } as const;

/** Answers from the list, then its last entry without end. */
async function evaluate(
  answers: readonly (CollectorAnswer | Error | 'never')[],
  timeoutMs: number = INPUT.timeoutMs,
): Promise<{ evaluation: Evaluation; tries: number; samples: EvaluationSample[] }> {
  let tries = 0;
  const samples: EvaluationSample[] = [];
  const collector = {
    url: 'http://collector:8081',
    async ask(signal: AbortSignal): Promise<CollectorAnswer> {
      const answer = answers[Math.min(tries, answers.length - 1)];
      tries += 1;
      if (answer === 'never')
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
      if (answer instanceof Error) throw answer;
      return answer as CollectorAnswer;
    },
  };
  const environment = new MockActivityEnvironment();
  const deps = { collector, onEvaluation: (sample: EvaluationSample) => void samples.push(sample) };
  const evaluation = await environment.run<[], Evaluation, () => Promise<Evaluation>>(() =>
    evaluateConnectivity(deps, { ...INPUT, timeoutMs }),
  );
  return { evaluation, tries, samples };
}

test('a verdict is returned and counted, also a failing one', async () => {
  const { evaluation, tries, samples } = await evaluate([{ status: 200, body: VERDICT }]);
  expect({ evaluation, tries }).toEqual({ evaluation: { kind: 'verdict', verdict: VERDICT }, tries: 1 });
  expect(samples).toEqual([{ result: 'ok', state: 'ok', intervalMs: 60_000 }]);
  const counts = { ...VERDICT.counts, absent: 1 };
  const failing = await evaluate([{ status: 200, body: { ...VERDICT, ok: false, counts } }]);
  expect(failing.samples).toMatchObject([{ result: 'failing' }]);
});

const refused = new Error('connect ECONNREFUSED 10.0.0.9:8081');

test.each<[string, readonly (CollectorAnswer | Error)[], number, RegExp]>([
  [
    'no collector listens',
    [refused],
    3,
    /^the collector at http:\/\/collector:8081 cannot be asked: connect ECONNREFUSED/,
  ],
  ['a cause says why', [new Error('fetch failed', { cause: refused })], 3, /fetch failed: connect ECONNREFUSED/],
  [
    'it has no verdict',
    [{ status: 503, body: { error: 'pods are not listed yet' } }],
    3,
    /answered 503: pods are not listed/,
  ],
  ['it is another program', [{ status: 404, body: '<html>' }], 1, /answered 404$/],
  ['its answer is none', [{ status: 200, body: { ok: 1 } }], 1, /is no verdict: verdict\.atMs: expected milliseconds/],
])('there is no verdict where %s, and the reason is named', async (_what, answers, expectedTries, words) => {
  const { evaluation, tries, samples } = await evaluate(answers);
  expect(evaluation).toMatchObject({ kind: 'unavailable', message: expect.stringMatching(words) });
  expect(tries).toBe(expectedTries);
  expect(samples).toMatchObject([{ result: 'unavailable' }]);
});

test('a collector that is back at the third try gives its verdict', async () => {
  const { evaluation, tries } = await evaluate([refused, { status: 503, body: '' }, { status: 200, body: VERDICT }]);
  expect({ kind: evaluation.kind, tries }).toEqual({ kind: 'verdict', tries: 3 });
});

test('a collector that never answers is asked once, until the time limit', async () => {
  const { evaluation, tries } = await evaluate(['never'], 50);
  expect(evaluation).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('no answer in 50 ms') });
  expect(tries).toBe(1);
});
