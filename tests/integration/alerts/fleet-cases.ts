/** Alerts about runs over several clusters: series below, at and above each limit. */

import { type AnnotationCase, casesOf, type RuleCase } from './rule-case.ts';

const target = (process: string) => `job="fleet",instance="${process}",pod="${process}"`;
const state = (name: string, process = 'a', run = 'rings') =>
  `vigilante_fleet_state{${target(process)},run="${run}",state="${name}"}`;
const runs = (process = 'a') => `vigilante_fleet_runs{${target(process)},state="running"}`;

const HALTED = casesOf('VigilanteFleetHalted', [
  ['no run', {}, '120m', null],
  ['one that soaks', { [state('soaking')]: '1x120', [state('halted')]: '0x120' }, '120m', null],
  ['halted, not for long enough', { [state('halted')]: '1x120' }, '59m', 'pending'],
  ['halted', { [state('halted')]: '1x120' }, '60m', 'firing'],
  ['waiting for the approval of a stage', { [state('waiting-for-approval')]: '1x120' }, '60m', 'firing'],
  ['nobody answers for it', { [state('silent')]: '1x120' }, '60m', 'firing'],
  ['paused, which has an end', { [state('paused')]: '1x120' }, '120m', null],
  ['another run goes on', { [state('halted')]: '1x120', [state('running', 'a', 'other')]: '1x120' }, '60m', 'firing'],
  ['two processes say it', { [state('halted')]: '1x120', [state('halted', 'b')]: '1x120' }, '60m', 'firing'],
  ['somebody has decided', { [state('halted')]: '1x70 0x50' }, '81m', null],
]);

const ABSENT = casesOf('VigilanteFleetAbsent', [
  ['one process has looked, and no run goes on', { [runs()]: '0x60' }, '30m', null],
  ['one of two is left', { [runs()]: '0x5 stale', [runs('b')]: '0x60' }, '30m', null],
  ['none, not for long enough', {}, '14m', 'pending'],
  ['none', {}, '15m', 'firing'],
]);

export const FLEET_CASES: readonly RuleCase[] = [...HALTED, ...ABSENT];

export const FLEET_ANNOTATION_CASES: readonly AnnotationCase[] = [
  {
    alert: 'VigilanteFleetHalted',
    series: { [state('waiting-for-approval')]: '1x120' },
    at: '60m',
    labels: { job: 'fleet', run: 'rings', state: 'waiting-for-approval' },
    description:
      'For an hour the run rings has been waiting-for-approval. `vigilante upgrade status rings` says what it waits for.',
  },
  {
    alert: 'VigilanteFleetAbsent',
    series: {},
    at: '15m',
    labels: {},
    description:
      'No process of the fleet has looked at the runs over several clusters, or none is scraped. No cluster is begun.',
  },
];
