/** Alerts about the collector and the watching workflow: series below, at and above each limit. */

import { casesOf, ONE, OTHER, type RuleCase } from './rule-case.ts';

const STORE_UP = `vigilante_collector_store_up{${ONE}}`;

const COLLECTOR = [
  ...casesOf('VigilanteCollectorAbsent', [
    ['one is there', { [STORE_UP]: '0x60' }, '60m', null],
    ['none, for less than a quarter of an hour', {}, '14m', 'pending'],
    ['none, for a quarter of an hour', {}, '15m', 'firing'],
    ['gone after a while', { [STORE_UP]: '1x9 stale' }, '25m', 'firing'],
    ['back in between', { [STORE_UP]: '1x1 stale _x12 1 stale _x12' }, '27m', 'pending'],
  ]),
  ...casesOf('VigilanteCollectorStoreDown', [
    ['up', { [STORE_UP]: '1x60' }, '60m', null],
    ['down, for less than five minutes', { [STORE_UP]: '0x60' }, '4m', 'pending'],
    ['down, for five minutes', { [STORE_UP]: '0x60' }, '5m', 'firing'],
    ['up for a moment every four minutes', { [STORE_UP]: '0x3 1 0x3 1 0x3 1 0x3' }, '15m', 'pending'],
    [
      'each replica has its own',
      { [STORE_UP]: '0x60', [`vigilante_collector_store_up{${OTHER}}`]: '0x60' },
      '5m',
      'firing',
      2,
    ],
  ]),
];

function known(replica = ONE): string {
  return `vigilante_connectivity_verdict_known{${replica}}`;
}

const VERDICT = casesOf('VigilanteVerdictUnknown', [
  ['known', { [known()]: '1x60' }, '60m', null],
  ['unknown, for less than ten minutes', { [known()]: '0x60' }, '9m', 'pending'],
  ['unknown, for ten minutes', { [known()]: '0x60' }, '10m', 'firing'],
  ['known to one of two replicas', { [known()]: '0x60', [known(OTHER)]: '1x60' }, '60m', null],
  ['known for a moment every nine minutes', { [known()]: '0x8 1 0x8 1 0x8 1 0x8' }, '35m', 'pending'],
]);

function reports(results: Readonly<Record<string, number>>): RuleCase['series'] {
  return Object.fromEntries(
    Object.entries(results).map(([result, perMinute]) => [
      `vigilante_collector_reports_total{${ONE},result="${result}"}`,
      `0+${perMinute}x60`,
    ]),
  );
}

const REFUSED = casesOf('VigilanteReportsRefused', [
  ['one in twenty', reports({ stored: 950, refused: 50 }), '60m', null],
  ['more than one in twenty', reports({ stored: 940, refused: 60 }), '15m', 'firing'],
  ['not for long enough', reports({ stored: 940, refused: 60 }), '10m', 'pending'],
  ['each reason has its own', reports({ stored: 1, limited: 500, unauthenticated: 499 }), '15m', 'firing', 2],
  ['no reports at all', reports({ stored: 0, refused: 0, limited: 0, unavailable: 0 }), '60m', null],
  [
    'refused long ago',
    {
      ...reports({ stored: 100 }),
      [`vigilante_collector_reports_total{${ONE},result="refused"}`]: '0+100x20 2000x40',
    },
    '40m',
    null,
  ],
]);

function evaluations(result: string, worker = 'a'): string {
  return `vigilante_connectivity_evaluations_total{job="worker",instance="${worker}",pod="${worker}",result="${result}"}`;
}

const EVALUATIONS = casesOf('VigilanteEvaluationsStopped', [
  ['one a minute', { [evaluations('ok')]: '0+1x60' }, '60m', null],
  ['every one fails', { [evaluations('ok')]: '0x60', [evaluations('failing')]: '0+1x60' }, '60m', null],
  ['one in ten minutes', { [evaluations('ok')]: '0x9 1x9 2x9 3x9 4x9' }, '49m', 'pending'],
  ['the other worker has taken over', { [evaluations('ok')]: '5x60', [evaluations('ok', 'b')]: '0+1x60' }, '60m', null],
  ['a worker that started anew', { [evaluations('ok')]: '100+1x20 0+1x40' }, '40m', null],
  ['stopped, not for long enough', { [evaluations('ok')]: '0+1x30 30x60' }, '48m', 'pending'],
  ['stopped', { [evaluations('ok')]: '0+1x30 30x60' }, '49m', 'firing'],
  ['on both workers', { [evaluations('ok')]: '5x60', [evaluations('ok', 'b')]: '7x60' }, '30m', 'firing'],
  ['no worker is scraped', {}, '15m', 'firing'],
  ['no worker is scraped, not for long enough', {}, '14m', 'pending'],
  ['none was ever evaluated, not for long enough', { [evaluations('ok')]: '0x60' }, '14m', 'pending'],
]);

export const COLLECTOR_CASES: readonly RuleCase[] = [...COLLECTOR, ...VERDICT, ...REFUSED, ...EVALUATIONS];
