/** Tables of `vigilante status`, as people see them. */

import { expect, test } from '@jest/globals';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import type { HealRecord } from '../../temporal/healing/heal-record.ts';
import { type NodeMarks, withoutHeal } from './node-marks.ts';
import { renderStatus, type StatusFormat } from './render-status.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 14, 0, 0);
const minutes = (count: number) => count * 60_000;

const STATUS: HealingStatus = {
  cluster: 'prod',
  node: 'win-1',
  nodeUid: 'uid-1',
  state: 'healing',
  attempts: 12,
  attemptsInWindow: 12,
  podsProven: 9,
  provenPodsMin: 3,
  rejectedInARow: 0,
  errorBudget: 10,
  lastError: null,
  lastEvidence: { level: 2, detail: 'ip 10.0.0.7, sandbox ready', podName: 'pod-11', atMs: NOW_MS - 12_000 },
  windowStartMs: NOW_MS - minutes(6),
  windowEndMs: NOW_MS + minutes(24) + 5_000,
  nextAttemptMs: NOW_MS + 18_000,
  retryAtMs: null,
  pod: { name: 'pod-12', uid: 'uid-12', attempt: 12 },
};

const RECORD: HealRecord = {
  node: 'win-1',
  workflowId: 'heal-node/prod/win-1',
  runId: 'run-1',
  execution: 'running',
  startedMs: NOW_MS - minutes(6),
  closedMs: null,
  stateAttribute: 'healing',
  pending: null,
  status: STATUS,
  result: null,
};

const unanswered: HealRecord = { ...RECORD, node: 'win-2', status: null };
const stalled: HealRecord = {
  ...RECORD,
  node: 'win-3',
  status: {
    ...STATUS,
    state: 'stalled',
    attempts: 10,
    podsProven: 0,
    lastEvidence: null,
    rejectedInARow: 10,
    lastError: 'create pods: 403 Forbidden: exceeded quota',
    retryAtMs: NOW_MS + minutes(59),
    pod: null,
  },
};
const extended: HealRecord = {
  ...RECORD,
  node: 'win-4',
  status: {
    ...STATUS,
    windowEndMs: NOW_MS,
    podsProven: 1,
    lastEvidence: {
      level: 0,
      detail: `FailedCreatePodSandBox: ${'x'.repeat(80)}`,
      podName: 'p',
      atMs: NOW_MS - 40_000,
    },
  },
};
const healed: HealRecord = {
  ...RECORD,
  node: 'win-5',
  execution: 'completed',
  closedMs: NOW_MS - minutes(75),
  status: null,
  result: { outcome: 'healed', attempts: 60, podsProven: 58, detail: '58 of 60 pods proved their network' },
};
const cancelled: HealRecord = {
  ...RECORD,
  node: 'win-6',
  execution: 'cancelled',
  closedMs: NOW_MS - minutes(60 * 50),
  status: null,
  stateAttribute: null,
};

function render(records: readonly HealRecord[], format: StatusFormat = 'table', marks: NodeMarks = new Map()): string {
  const empty = 'no heal is running in cluster prod';
  return renderStatus(records, { cluster: 'prod', nowMs: NOW_MS, format, empty, marks });
}

test('a line for each node, by name, with the evidence cut to a readable length', () => {
  expect(render([cancelled, healed, extended, stalled, unanswered, RECORD])).toBe(
    [
      'NODE   STATE      ATTEMPTS  PROVEN  LAST-EVIDENCE                                                 WINDOW-LEFT      MARK',
      'win-1  healing    12        9/3     2: ip 10.0.0.7, sandbox ready, 12s ago                        24m05s           -',
      'win-2  healing    -         -       no answer (is the worker running?)                            -                -',
      'win-3  stalled    10        0/3     rejected 10/10: create pods: 403 Forbidden: exceeded quota    retry in 59m00s  -',
      'win-4  healing    12        1/3     0: FailedCreatePodSandBox: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…  extended         -',
      'win-5  healed     60        58      58 of 60 pods proved their network, 1h15m ago                 -                -',
      'win-6  cancelled  -         -       cancelled, 2d02h ago                                          -                -',
      '',
    ].join('\n'),
  );
});

test('wide shows the age, the pod and the whole last error', () => {
  expect(render([stalled], 'wide')).toBe(
    [
      'NODE   STATE    ATTEMPTS  PROVEN  LAST-EVIDENCE                                               WINDOW-LEFT      MARK  AGE    POD  LAST-ERROR',
      'win-3  stalled  10        0/3     rejected 10/10: create pods: 403 Forbidden: exceeded quota  retry in 59m00s  -     6m00s  -    create pods: 403 Forbidden: exceeded quota',
      '',
    ].join('\n'),
  );
});

test.each([
  [1, 'create pods a has waited 12 s for the API server'],
  [4, 'create pods a has waited 12 s for the API server (attemptPod, try 4)'],
])('the problem of an activity at try %i is the last error, in every format', (attempt, shown) => {
  const pending = { name: 'attemptPod', attempt, problem: 'create pods a has waited 12 s for the API server' };
  const waiting: HealRecord = { ...RECORD, pending };
  expect(render([waiting])).toContain(`waits: ${shown}`.slice(0, 59));
  expect(render([waiting], 'wide')).toContain(`pod-12  ${shown}`);
  expect(JSON.parse(render([waiting], 'json'))).toMatchObject([{ lastError: shown, pendingActivity: pending }]);
});

test('the mark of each node is shown, also of nodes that have no heal', () => {
  const marks: NodeMarks = new Map([
    ['win-5', 'proven'],
    ['win-7', 'no-proof'],
    ['win-8', 'withdrawn'],
  ]);
  const records = [healed, ...withoutHeal(marks, [healed])];
  expect(render(records, 'table', marks)).toBe(
    [
      'NODE   STATE   ATTEMPTS  PROVEN  LAST-EVIDENCE                                  WINDOW-LEFT  MARK',
      'win-5  healed  60        58      58 of 60 pods proved their network, 1h15m ago  -            proven',
      'win-7  healed  -         -       no heal is known of this node                  -            no-proof',
      '',
    ].join('\n'),
  );
  const [, foreign] = JSON.parse(render(records, 'json', marks)) as Record<string, unknown>[];
  const none = { execution: 'none', started: null, workflowId: null, runId: null };
  expect(foreign).toMatchObject({ node: 'win-7', state: 'healed', mark: 'no-proof', ...none });
});

test('a refused step is shown in the place of the last evidence, and its message is the last error', () => {
  const refusal = { step: 'annotate the node as healed', message: 'patch nodes: 403', sinceMs: NOW_MS - 60_000 };
  const refused = { ...RECORD, status: { ...STATUS, lastError: 'patch nodes: 403', refusal } };
  expect(render([refused])).toContain('refused for 1m00s: annotate the node as healed: patch nodes…');
  expect(render([refused], 'wide')).toMatch(/ patch nodes: 403$/m);
  expect(JSON.parse(render([refused], 'json'))).toMatchObject([
    { lastError: 'patch nodes: 403', refusal: { step: refusal.step, since: '2026-01-31T13:59:00.000Z' } },
  ]);
});

test('a heal that gives no answer and has no search attribute is shown as unknown', () => {
  expect(render([{ ...unanswered, stateAttribute: null }])).toContain('win-2  unknown');
});

test('nothing to show is one clear line, but an empty list for scripts', () => {
  expect(render([])).toBe('no heal is running in cluster prod\n');
  expect(render([], 'json')).toBe('[]\n');
});

test('json has stable keys and times in ISO 8601', () => {
  expect(JSON.parse(render([RECORD], 'json'))).toEqual([
    {
      node: 'win-1',
      state: 'healing',
      mark: null,
      execution: 'running',
      answered: true,
      attempts: 12,
      podsProven: 9,
      refusal: null,
      provenPodsMin: 3,
      lastEvidence: {
        level: 2,
        detail: 'ip 10.0.0.7, sandbox ready',
        podName: 'pod-11',
        at: '2026-01-31T13:59:48.000Z',
      },
      lastRefuted: null,
      lastError: null,
      pendingActivity: null,
      windowEnd: '2026-01-31T14:24:05.000Z',
      nextAttempt: '2026-01-31T14:00:18.000Z',
      retryAt: null,
      pod: 'pod-12',
      detail: null,
      started: '2026-01-31T13:54:00.000Z',
      closed: null,
      workflowId: 'heal-node/prod/win-1',
      runId: 'run-1',
    },
  ]);
});

const watched: HealRecord = {
  ...RECORD,
  node: 'win-9',
  status: {
    ...STATUS,
    state: 'watching',
    streak: { proofs: 2, needed: 2 },
    relapses: 1,
    watch: {
      markedMs: NOW_MS - minutes(1),
      untilMs: NOW_MS + minutes(24),
      detail: 'proven',
      attempts: 0,
      refutedInARow: 0,
      isBraked: false,
    },
  },
};

function shown(record: HealRecord, format: StatusFormat): string {
  return renderStatus([record], { cluster: 'prod', nowMs: NOW_MS, format, empty: '', marks: new Map() });
}

test('E22, E47: a watched node is shown as such, with its proofs and how long it is watched', () => {
  const [titles = '', row = ''] = shown(watched, 'table').split('\n');
  expect(titles).toContain('PROOF');
  expect(row).toMatch(/^win-9 +watching .* 2\/2 +24m/);
  expect(shown(RECORD, 'table')).not.toContain('PROOF');
});

test('E22, E45: the JSON of a heal that ends by its proofs gains keys, and no other does', () => {
  expect(JSON.parse(shown(watched, 'json'))).toMatchObject([
    {
      state: 'watching',
      streak: { proofs: 2, needed: 2 },
      notProven: null,
      relapses: 1,
      watch: { marked: '2026-01-31T13:59:00.000Z', until: '2026-01-31T14:24:00.000Z', refutedInARow: 0 },
    },
  ]);
  for (const key of ['streak', 'relapses', 'watch']) expect(shown(RECORD, 'json')).not.toContain(`"${key}"`);
});

test.each<[string, HealingStatus['taint'], string]>([
  ['has time left', { tainted: true, capAtMs: NOW_MS + minutes(6), capped: null }, '6m00s left'],
  ['is past its cap', { tainted: true, capAtMs: NOW_MS, capped: null }, 'overdue'],
  ['was removed at its cap', { tainted: true, capAtMs: NOW_MS - 1, capped: 'removed' }, 'removed'],
  ['was kept at its cap', { tainted: true, capAtMs: NOW_MS - 1, capped: 'kept' }, 'kept'],
  ['could not be removed', { tainted: true, capAtMs: NOW_MS - 1, capped: 'refused' }, 'kept'],
])('E29: a startup taint that %s', (_, taint, shown) => {
  const [, line = ''] = render([{ ...RECORD, status: { ...STATUS, ...(taint && { taint }) } }]).split('\n');
  expect(line).toMatch(new RegExp(` {2}${shown} +-$`));
});

test('E29: the column is left out where no node has a startup taint, and JSON only gains a key', () => {
  const taint = { tainted: false, capAtMs: NOW_MS + minutes(6), capped: null };
  const untainted = { ...RECORD, status: { ...STATUS, taint } };
  expect(render([RECORD, untainted])).not.toContain('TAINT');
  const shown: unknown = JSON.parse(render([RECORD, { ...untainted, node: 'win-2' }], 'json'));
  expect(shown).toEqual([
    expect.not.objectContaining({ taint: expect.anything() }),
    expect.objectContaining({ taint: { tainted: false, capAt: '2026-01-31T14:06:00.000Z', capped: null } }),
  ]);
});
