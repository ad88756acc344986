/** Alerts about healing: series below, at and above each limit. */

import { casesOf, type RuleCase } from './rule-case.ts';

function starter(metric: string, replica = 'a'): string {
  const [name = '', labels = ''] = metric.split(/[{}]/);
  const own = labels === '' ? '' : `,${labels}`;
  return `${name}{job="starter",namespace="care",instance="${replica}",pod="${replica}"${own}}`;
}

const nodes = (state: string, replica = 'a') => starter(`vigilante_nodes{state="${state}"}`, replica);

function attempts(result: string, worker = 'a'): string {
  return `vigilante_attempts_total{job="worker",namespace="care",instance="${worker}",pod="${worker}",result="${result}"}`;
}

function countedCases(alert: string, series: (replica?: string) => string, minutes: number): readonly RuleCase[] {
  const shortly = minutes - 1;
  return casesOf(alert, [
    ['none', { [series()]: '0x60' }, '60m', null],
    ['one, not for long enough', { [series()]: '1x60' }, `${shortly}m`, 'pending'],
    ['one', { [series()]: '1x60' }, `${minutes}m`, 'firing'],
    ['one, over by now', { [series()]: '1x30 0x30' }, '31m', null],
    [
      'over for a moment again and again',
      { [series()]: `${`1x${shortly - 1} 0 `.repeat(3)}1x${shortly - 1}` },
      `${4 * minutes - 5}m`,
      'pending',
    ],
    ['the same told by two replicas is one alert', { [series()]: '2x60', [series('b')]: '2x60' }, '60m', 'firing'],
    ['seen by the second replica only', { [series()]: '0x60', [series('b')]: '2x60' }, '60m', 'firing'],
  ]);
}

const OTHER_STATES = ['healed', 'disabled', 'not-ready', 'starting', 'healing', 'waiting-for-ready', 'open'];

const NODES = [
  ...countedCases('VigilanteHealsStalled', (replica) => nodes('stalled', replica), 15),
  ...countedCases('VigilanteHealsUnproven', (replica) => nodes('unproven', replica), 5),
  ...countedCases('VigilanteHealsOverdue', (replica) => starter('vigilante_nodes_overdue', replica), 5),
  ...['VigilanteHealsStalled', 'VigilanteHealsUnproven'].flatMap((alert) =>
    casesOf(alert, [
      ['other states only', Object.fromEntries(OTHER_STATES.map((state) => [nodes(state), '9x60'])), '60m', null],
    ]),
  ),
];

const WAITING = { [nodes('healing')]: '3x60', [nodes('starting')]: '0x60' };

const STOPPED = casesOf('VigilanteHealingStopped', [
  ['an attempt a minute', { ...WAITING, [attempts('created')]: '0+1x60' }, '60m', null],
  ['all are refused: that stalls', { ...WAITING, [attempts('rejected')]: '0+1x60' }, '60m', null],
  ['one attempt in fourteen minutes', { ...WAITING, [attempts('created')]: '0x13 1x13 2x13 3x13 4x5' }, '55m', null],
  [
    'by the other worker',
    { ...WAITING, [attempts('created')]: '7x60', [attempts('created', 'b')]: '0+1x60' },
    '60m',
    null,
  ],
  ['no attempt', { ...WAITING, [attempts('created')]: '7x60' }, '30m', 'firing'],
  [
    'by neither worker',
    { ...WAITING, [attempts('created')]: '7x60', [attempts('created', 'b')]: '9x60' },
    '30m',
    'firing',
  ],
  ['no attempt, not for long enough', { ...WAITING, [attempts('created')]: '7x60' }, '4m', 'pending'],
  ['no longer', { ...WAITING, [attempts('created')]: '0+1x20 20x40' }, '50m', 'firing'],
  ['no worker at all', WAITING, '5m', 'firing'],
  ['nodes whose heal does not start', { [nodes('starting')]: '1x60', [attempts('created')]: '7x60' }, '30m', 'firing'],
  [
    'attempts in another release',
    { ...WAITING, [attempts('created').replace('care', 'other')]: '0+1x60' },
    '30m',
    'firing',
  ],
  [
    'no attempt, and no node that waits for one',
    {
      [nodes('healing')]: '0x60',
      ...Object.fromEntries(
        ['stalled', 'unproven', 'not-ready', 'waiting-for-ready'].map((one) => [nodes(one), '4x60']),
      ),
      [attempts('created')]: '7x60',
    },
    '60m',
    null,
  ],
  [
    'two replicas of the starter count each node once',
    { ...WAITING, [nodes('healing', 'b')]: '3x60', [attempts('created')]: '7x60' },
    '30m',
    'firing',
  ],
  [
    'a node now and then',
    { [nodes('healing')]: '1x3 0 1x3 0 1x3 0 1x3', [attempts('created')]: '7x60' },
    '15m',
    'pending',
  ],
]);

function absentCases(alert: string, series: string): readonly RuleCase[] {
  return casesOf(alert, [
    ['one is there', { [series]: '0x60' }, '60m', null],
    ['none, for less than a quarter of an hour', {}, '14m', 'pending'],
    ['none, for a quarter of an hour', {}, '15m', 'firing'],
    ['gone after a while', { [series]: '1x9 stale' }, '25m', 'firing'],
    ['back in between', { [series]: '1x1 stale _x12 1 stale _x12' }, '27m', 'pending'],
  ]);
}

const ABSENT = [
  ...absentCases('VigilanteWorkerAbsent', attempts('created')),
  ...absentCases('VigilanteStarterAbsent', nodes('healed')),
];

const reconciled = (replica = 'a') => starter('vigilante_last_reconcile_timestamp_seconds', replica);

/** promtool begins at the time 0. */
const RECONCILED = casesOf('VigilanteReconcileStopped', [
  ['each minute', { [reconciled()]: '0+60x60' }, '60m', null],
  ['each ten minutes', { [reconciled()]: '0x9 600x9 1200x9 1800x9' }, '39m', null],
  ['ten minutes ago', { [reconciled()]: '0x60' }, '10m', null],
  ['more than ten minutes ago, not for long enough', { [reconciled()]: '0x60' }, '15m', 'pending'],
  ['more than ten minutes ago', { [reconciled()]: '0x60' }, '16m', 'firing'],
  ['one of two replicas goes on', { [reconciled()]: '0x60', [reconciled('b')]: '0+60x60' }, '60m', null],
  ['neither of two goes on', { [reconciled()]: '0x60', [reconciled('b')]: '60x60' }, '60m', 'firing'],
]);

function checkCases(alert: string, check: string): readonly RuleCase[] {
  const ready = (job: string, replica = 'a', of = check) =>
    `vigilante_ready{job="${job}",namespace="care",instance="${replica}",pod="${replica}",check="${of}"}`;
  return casesOf(alert, [
    ['all is fine', { [ready('worker')]: '1x60', [ready('starter')]: '1x60' }, '60m', null],
    ['not for long enough', { [ready('worker')]: '0x60' }, '9m', 'pending'],
    ['for ten minutes', { [ready('worker')]: '0x60' }, '10m', 'firing'],
    ['for a moment every nine minutes', { [ready('worker')]: '0x8 1 0x8 1 0x8' }, '25m', 'pending'],
    ['one of two workers', { [ready('worker')]: '0x60', [ready('worker', 'b')]: '1x60' }, '60m', 'firing'],
    ['two workers are one alert', { [ready('worker')]: '0x60', [ready('worker', 'b')]: '0x60' }, '60m', 'firing'],
    ['workers and starters are two', { [ready('worker')]: '0x60', [ready('starter')]: '0x60' }, '60m', 'firing', 2],
    ['another check', { [ready('worker', 'a', 'other')]: '0x60', [ready('worker')]: '1x60' }, '60m', null],
  ]);
}

export const HEALING_CASES: readonly RuleCase[] = [
  ...NODES,
  ...STOPPED,
  ...ABSENT,
  ...RECONCILED,
  ...checkCases('VigilanteTemporalUnreached', 'temporal'),
  ...checkCases('VigilanteNodesUnwatched', 'nodes'),
];
