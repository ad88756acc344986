/** Alerts about startup taints: series below, at and above each limit, and what a person reads. */

import { type AnnotationCase, casesOf, type RuleCase } from './rule-case.ts';

const OF_STATE_METRICS = 'job="kube-state-metrics",namespace="monitoring"';

function ofWorker(metric: string, reason: string, replica = 'a'): string {
  return `${metric}{job="worker",namespace="care",instance="${replica}",pod="${replica}",profile="snat",reason="${reason}"}`;
}
const removed = (reason: string, replica = 'a') => ofWorker('vigilante_startup_taint_removals_total', reason, replica);
const kept = (reason: string, replica = 'a') => ofWorker('vigilante_startup_taints_kept_total', reason, replica);
/** The tests begin at the time 0, and so do these nodes. */
const created = (node = 'win-1') => `kube_node_created{${OF_STATE_METRICS},node="${node}"}`;
const tainted = (node = 'win-1', key = 'STARTUP_TAINTS') =>
  `kube_node_spec_taint{${OF_STATE_METRICS},node="${node}",key="${key}",effect="NoSchedule"}`;

const OVERDUE = casesOf('VigilanteStartupTaintOverdue', [
  ['fifteen minutes', { [created()]: '0x60', [tainted()]: '1x60' }, '15m', null],
  ['a minute more', { [created()]: '0x60', [tainted()]: '1x60' }, '16m', 'pending'],
  ['two minutes more', { [created()]: '0x60', [tainted()]: '1x60' }, '17m', 'firing'],
  ['a taint that went in time', { [created()]: '0x60', [tainted()]: '1x14 _x46' }, '30m', null],
  ['another taint', { [created()]: '0x60', [tainted('win-1', 'other')]: '1x60' }, '60m', null],
  [
    'the taint of a younger node',
    { [created()]: '0x60', [created('new')]: '3000x60', [tainted('new')]: '1x60' },
    '60m',
    null,
  ],
  [
    'two nodes are one alert',
    { [created()]: '0x60', [tainted()]: '1x60', [created('win-2')]: '0x60', [tainted('win-2')]: '1x60' },
    '20m',
    'firing',
  ],
]);

/** A counter that begins at 0, and stands still from minute 6 on. */
const total = (count: number) => `0x5 ${count}x120`;

const TIMEOUTS = casesOf('VigilanteStartupTaintTimeouts', [
  ['none', { [removed('timeout')]: total(0), [removed('proven')]: total(9) }, '10m', null],
  ['one, a moment ago', { [removed('timeout')]: total(1) }, '6m', 'pending'],
  ['one', { [removed('timeout')]: total(1) }, '10m', 'firing'],
  ['one, an hour and more ago', { [removed('timeout')]: total(1) }, '80m', null],
  [
    'two workers are one alert',
    { [removed('timeout')]: total(1), [removed('timeout', 'b')]: total(1) },
    '10m',
    'firing',
  ],
]);

const KEPT = casesOf('VigilanteStartupTaintsKept', [
  ['none', { [kept('refused')]: total(0) }, '10m', null],
  ['one, a moment ago', { [kept('refused')]: total(1) }, '6m', 'pending'],
  ['one', { [kept('refused')]: total(1) }, '10m', 'firing'],
  ['for two reasons', { [kept('refused')]: total(1), [kept('timeout')]: total(1) }, '10m', 'firing', 2],
  ['an hour and more ago', { [kept('returned')]: total(1) }, '80m', null],
]);

export const TAINT_CASES: readonly RuleCase[] = [...OVERDUE, ...TIMEOUTS, ...KEPT];

const OF_PROFILE = { job: 'worker', namespace: 'care', profile: 'snat' };

export const TAINT_ANNOTATION_CASES: readonly AnnotationCase[] = [
  {
    alert: 'VigilanteStartupTaintOverdue',
    series: { [created()]: '0x60', [tainted()]: '1x60' },
    at: '20m',
    labels: { namespace: 'monitoring' },
    description: '1 nodes have had their startup taint for 15 minutes since they were created, and are not used.',
  },
  {
    alert: 'VigilanteStartupTaintTimeouts',
    series: { [removed('timeout')]: total(2) },
    at: '10m',
    labels: OF_PROFILE,
    description:
      'Nodes of the profile snat were not healed in time and lost their startup taint. Pods on them may not reach what they need.',
  },
  {
    alert: 'VigilanteStartupTaintsKept',
    series: { [kept('refused')]: total(1) },
    at: '10m',
    labels: { ...OF_PROFILE, reason: 'refused' },
    description: 'Nodes of the profile snat keep their startup taint (refused). The Events of the nodes say why.',
  },
];
