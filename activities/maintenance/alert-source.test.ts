/** What becomes of every kind of answer of Prometheus and Alertmanager, and of none. */

import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { AlertVerdict } from '../../domain/maintenance/alert-gate.ts';
import { parseLabelMatcher } from '../../domain/maintenance/label-matchers.ts';
import type { AlertSource } from './alert-source.ts';
import { alertmanagerAlerts } from './alertmanager.ts';
import { LOOK_MINUTES_MAX, prometheusAlerts } from './prometheus.ts';

const NOW_MS = Date.UTC(2026, 5, 10, 12, 0, 15);
/** The newest minute that is asked for ends 15 s ago. */
const END_S = Date.UTC(2026, 5, 10, 12) / 1_000;
const RULES = {
  match: ['severity=~"critical|warning"'].flatMap((text) => parseLabelMatcher(text) ?? []),
  ignore: ['InfoInhibitor'],
  heartbeat: 'Watchdog',
  restartGraceMs: 3_600_000,
};

interface Answer {
  readonly status: number;
  readonly body: unknown;
}
type Answers = Readonly<Record<string, Answer | Error | undefined>>;

const ok = (data: unknown, more: object = {}): Answer => ({ status: 200, body: { status: 'success', data, ...more } });
const matrix = (alertname: string, times: readonly number[]) =>
  ok({ resultType: 'matrix', result: [{ metric: { alertname }, values: times.map((time) => [time, '1']) }] });
const nothing = ok({ resultType: 'matrix', result: [] });
const started = (startTime: string) => ok({ startTime });
const rules = (...found: readonly object[]) => ok({ groups: [{ rules: found }] });

const HEALTHY: Answers = {
  heartbeat: matrix('Watchdog', [END_S - 60, END_S]),
  alerts: nothing,
  rules: rules(
    { type: 'alerting', name: 'Slow', duration: 600, labels: { severity: 'warning' } },
    { type: 'recording', name: 'x' },
  ),
  runtime: started('2026-06-10T11:00:00.123456789Z'),
};

/** Answers by what is asked; keeps what was asked. */
function scripted(answers: Answers) {
  const asked: URL[] = [];
  const client = {
    url: 'http://prometheus:9090',
    async ask(path: string): Promise<Answer> {
      const url = new URL(path, 'http://prometheus');
      asked.push(url);
      const answer = answers[questionOf(url)];
      if (answer instanceof Error) throw answer;
      return answer ?? { status: 404, body: '<html>' };
    },
  };
  return { client, asked };
}

function questionOf(url: URL): string {
  if (url.pathname === '/api/v1/status/runtimeinfo') return 'runtime';
  if (url.pathname === '/api/v1/rules') return 'rules';
  if (url.pathname === '/api/v1/query') return 'start';
  const text = url.searchParams.getAll('filter').join() + (url.searchParams.get('query') ?? '');
  return text.includes('alertname="Watchdog"') ? 'heartbeat' : 'alerts';
}

function verdictOf(source: AlertSource, sinceMs: number): Promise<AlertVerdict> {
  return new MockActivityEnvironment().run<[], AlertVerdict, () => Promise<AlertVerdict>>(() =>
    source.verdict(sinceMs, new AbortController().signal),
  );
}

async function ask(
  change: Answers,
  { startTime = null, ago = 120_000 }: { startTime?: string | null; ago?: number } = {},
) {
  const { client, asked } = scripted({ ...HEALTHY, ...change });
  const source = prometheusAlerts({ client, rules: RULES, startTime, now: () => NOW_MS });
  return { verdict: await verdictOf(source, NOW_MS - ago), asked };
}

test('M34: two minutes with the heartbeat and no alert are quiet; asked is for the minutes since the last look', async () => {
  const { verdict, asked } = await ask({});
  expect(verdict).toEqual({ kind: 'quiet' });
  const ranges = asked
    .filter(({ pathname }) => pathname === '/api/v1/query_range')
    .map(({ searchParams }) => searchParams);
  expect(ranges.map((params) => params.get('query'))).toEqual([
    'count by (alertname) (present_over_time(ALERTS{alertstate="firing",severity=~"critical|warning",alertname!~"Watchdog|InfoInhibitor"}[1m]))',
    'count by (alertname) (present_over_time(ALERTS{alertstate="firing",alertname="Watchdog"}[1m]))',
  ]);
  for (const params of ranges) {
    expect({ start: params.get('start'), end: params.get('end'), step: params.get('step') }).toEqual({
      start: String(END_S - 60),
      end: String(END_S),
      step: '60',
    });
  }
});

test('M34: an alert of the first minute is named', async () => {
  expect((await ask({ alerts: matrix('DiskFull', [END_S - 60]) })).verdict).toMatchObject({
    kind: 'alerting',
    names: ['DiskFull'],
  });
});

const refused = new Error('connect ECONNREFUSED 10.0.0.9:9090');

test.each<[string, Answers, RegExp]>([
  ['nobody answers', { alerts: refused }, /^http:\/\/prometheus:9090: connect ECONNREFUSED/],
  ['a cause says why', { rules: new Error('fetch failed', { cause: refused }) }, /fetch failed: connect ECONNREFUSED/],
  [
    'it answers 500',
    { alerts: { status: 500, body: { status: 'error', error: 'out of memory' } } },
    /query_range answered 500: out of memory/,
  ],
  ['it answers 401', { heartbeat: { status: 401, body: 'Unauthorized' } }, /query_range answered 401$/],
  [
    'it is another program',
    { runtime: { status: 200, body: '<html>' } },
    /runtimeinfo gave a wrong answer: answer: expected an object/,
  ],
  [
    'it answers a vector',
    { alerts: ok({ resultType: 'vector', result: [] }) },
    /wrong answer: answer\.data\.resultType/,
  ],
  [
    'it warns that a part is missing',
    { alerts: ok({ resultType: 'matrix', result: [] }, { warnings: ['store down'] }) },
    /wrong answer: answer\.warnings\[0\]: expected no warning, got "store down"/,
  ],
  [
    'its points are none',
    { alerts: ok({ resultType: 'matrix', result: [{ metric: {}, values: [['1', 1]] }] }) },
    /wrong answer/,
  ],
  [
    'its rules have no duration',
    { rules: rules({ type: 'alerting', name: 'A' }) },
    /rules gave a wrong answer: .*duration/,
  ],
  ['its start is no time', { runtime: started('yesterday') }, /wrong answer: answer\.data\.startTime/],
  [
    'the heartbeat misses a minute',
    { heartbeat: matrix('Watchdog', [END_S]) },
    /the alert Watchdog did not fire in the minute before 2026-06-10 11:59:00/,
  ],
  ['the heartbeat is gone', { heartbeat: nothing }, /Watchdog did not fire/],
  // The first minute begins at 11:58, ten minutes after that.
  [
    'it was restarted within the grace',
    { runtime: started('2026-06-10T11:48:00.001Z') },
    /pending again until 2026-06-10 11:58:00/,
  ],
])('M34: where %s it is unknown, and the reason is named', async (_what, change, words) => {
  const { verdict } = await ask(change);
  expect(verdict).toMatchObject({ kind: 'unknown', message: expect.stringMatching(words) });
});

test('M34: what was started just before the grace is known', async () => {
  expect((await ask({ runtime: started('2026-06-10T11:48:00Z') })).verdict).toEqual({ kind: 'quiet' });
});

test.each([
  ['a young one', ['1', String(END_S - 60)], 'unknown'],
  ['old ones', ['1', String(END_S - 86_400)], 'quiet'],
  ['none', [], 'unknown'],
  ['no number', ['NaN'], 'unknown'],
])('M34: the start time can be asked for by a query: %s', async (_what, values, kind) => {
  const start = ok({ resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [END_S, value] })) });
  const { verdict, asked } = await ask(
    { start, runtime: refused },
    { startTime: 'process_start_time_seconds{job="mimir"}' },
  );
  expect(verdict).toMatchObject({ kind });
  expect(asked.map(({ searchParams }) => searchParams.get('query'))).toContain(
    'process_start_time_seconds{job="mimir"}',
  );
});

test.each([
  [LOOK_MINUTES_MAX, 4],
  [LOOK_MINUTES_MAX + 1, 0],
])('M34: a look over %i minutes asks %i questions', async (minutes, questions) => {
  const { verdict, asked } = await ask({}, { ago: minutes * 60_000 + 15_000 });
  expect(asked).toHaveLength(questions);
  expect(verdict.kind).toBe('unknown');
});

test('M34: a second look at once still asks for a whole minute', async () => {
  const { verdict, asked } = await ask({}, { ago: 0 });
  expect(verdict).toEqual({ kind: 'quiet' });
  expect(asked.flatMap(({ searchParams }) => searchParams.get('start') ?? [])).toEqual([String(END_S), String(END_S)]);
});

const alert = (alertname: unknown) => ({ labels: { alertname }, status: { state: 'active' } });

test.each<[string, Answers, Partial<AlertVerdict>]>([
  ['only the heartbeat', { alerts: { status: 200, body: [] } }, { kind: 'quiet' }],
  [
    'an alert',
    { alerts: { status: 200, body: [alert('DiskFull'), alert('DiskFull')] } },
    { kind: 'alerting', names: ['DiskFull'] },
  ],
  ['no heartbeat', { alerts: { status: 200, body: [] }, heartbeat: { status: 200, body: [] } }, { kind: 'unknown' }],
  ['an error', { alerts: { status: 503, body: 'x' } }, { kind: 'unknown' }],
  ['no list', { alerts: { status: 200, body: {} } }, { kind: 'unknown' }],
  ['nothing', { alerts: refused }, { kind: 'unknown' }],
])('M34: Alertmanager answers with %s', async (_what, change, expected) => {
  const { client, asked } = scripted({ heartbeat: { status: 200, body: [alert('Watchdog')] }, ...change });
  const source = alertmanagerAlerts({ client, rules: RULES, now: () => NOW_MS });
  expect(await verdictOf(source, NOW_MS)).toMatchObject(expected);
  const counted = asked.find((url) => questionOf(url) === 'alerts')?.searchParams;
  expect([counted?.get('silenced'), counted?.get('inhibited')]).toEqual(['false', 'false']);
  expect(counted?.getAll('filter')).toEqual(['severity=~"critical|warning"', 'alertname!~"Watchdog|InfoInhibitor"']);
});
