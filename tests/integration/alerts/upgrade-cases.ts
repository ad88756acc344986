/** Alerts about upgrades: series below, at and above each limit. */

import { type AnnotationCase, casesOf, type RuleCase } from './rule-case.ts';

function series(name: string, more = '', maintainer = 'a'): string {
  const target = `job="maintainer",instance="${maintainer}",pod="${maintainer}"`;
  return `vigilante_${name}{${[target, more].filter((text) => text !== '').join()}}`;
}
const state = (name: string, maintainer = 'a') => series('upgrade_state', `state="${name}"`, maintainer);
const blind = (maintainer = 'a') => series('soak_blind', '', maintainer);
const approval = (maintainer = 'a') => series('upgrade_approval_remaining_seconds', '', maintainer);
const kubelets = (version: string, maintainer = 'a') =>
  series('versions', `component="kubelet",version="${version}"`, maintainer);
const servers = (version: string) => series('versions', `component="kube-apiserver",version="${version}"`);

const HALTED = casesOf('VigilanteUpgradeHalted', [
  ['no upgrade', {}, '120m', null],
  ['one that runs', { [state('running')]: '1x120', [state('halted')]: '0x120' }, '120m', null],
  ['halted, not for long enough', { [state('halted')]: '1x120' }, '59m', 'pending'],
  ['halted', { [state('halted')]: '1x120' }, '60m', 'firing'],
  ['waiting for approval', { [state('waiting-for-approval')]: '1x120' }, '60m', 'firing'],
  ['paused, which has an end', { [state('paused')]: '1x120' }, '120m', null],
  ['two maintainers say it', { [state('halted')]: '1x120', [state('halted', 'b')]: '1x120' }, '60m', 'firing'],
  ['somebody has decided', { [state('halted')]: '1x70 0x50' }, '81m', null],
  [
    'the maintainer is replaced, and the next one has asked nine minutes later',
    { [state('halted')]: '1x30 stale', [state('halted', 'b')]: '_x38 1x60' },
    '60m',
    'firing',
  ],
  [
    'nobody says it for longer than that',
    { [state('halted')]: '1x30 stale', [state('halted', 'b')]: '_x45 1x60' },
    '60m',
    'pending',
  ],
]);

const SOAK = casesOf('VigilanteSoakBlind', [
  ['all is known', { [blind()]: '0x60' }, '60m', null],
  ['blind, not for long enough', { [blind()]: '1x60' }, '29m', 'pending'],
  ['blind', { [blind()]: '1x60', [blind('b')]: '0x60' }, '30m', 'firing'],
  ['the next look was made by the other one', { [blind()]: '1x12 0x60', [blind('b')]: '0x10 1x60' }, '30m', 'firing'],
]);

const APPROVALS = casesOf('VigilanteApprovalExpires', [
  ['none is needed', { [approval()]: '0x120' }, '120m', null],
  ['a day is left', { [approval()]: '86400x120' }, '120m', null],
  ['less is left, not for long enough', { [approval()]: '86399x120' }, '59m', 'pending'],
  ['less is left', { [approval()]: '86399x120' }, '60m', 'firing'],
  ['two maintainers say it', { [approval()]: '3600x120', [approval('b')]: '3540x120' }, '60m', 'firing'],
]);

const TWO = { [kubelets('v1.36.3')]: '5x1600', [kubelets('v1.37.2')]: '1x1600' };
const VERSIONS = casesOf('VigilanteVersionsDiffer', [
  ['one version', { [kubelets('v1.36.3')]: '5x1600' }, '1500m', null],
  [
    'one version of kubelets, two of API servers',
    { [kubelets('v1.36.3')]: '5x1600', [servers('v1.36.3')]: '1x1600', [servers('v1.37.2')]: '1x1600' },
    '1500m',
    null,
  ],
  ['two versions, not for long enough', TWO, '1439m', 'pending'],
  ['two versions', TWO, '1440m', 'firing'],
  ['two versions, and an upgrade runs', { ...TWO, [state('running')]: '1x1600' }, '1500m', null],
  ['two versions, and an upgrade is paused', { ...TWO, [state('paused', 'b')]: '1x1600' }, '1500m', null],
  ['two versions, and an upgrade is halted', { ...TWO, [state('halted')]: '1x1600' }, '1440m', 'firing'],
  ['an upgrade ran in between', { ...TWO, [state('running')]: '0x700 1x10 0x900' }, '1500m', 'pending'],
  [
    'the maintainer is replaced, and the next one has looked ten minutes later',
    {
      [kubelets('v1.36.3')]: '5x700 stale',
      [kubelets('v1.37.2')]: '1x700 stale',
      [kubelets('v1.36.3', 'b')]: '_x710 5x900',
      [kubelets('v1.37.2', 'b')]: '_x710 1x900',
    },
    '1440m',
    'firing',
  ],
]);

export const UPGRADE_CASES: readonly RuleCase[] = [...HALTED, ...SOAK, ...APPROVALS, ...VERSIONS];

export const UPGRADE_ANNOTATION_CASES: readonly AnnotationCase[] = [
  {
    alert: 'VigilanteUpgradeHalted',
    series: { [state('halted')]: '1x120' },
    at: '60m',
    labels: { job: 'maintainer', state: 'halted' },
    description:
      'For an hour the upgrade of the cluster has been halted. `vigilante upgrade status` says what it waits for.',
  },
  {
    alert: 'VigilanteSoakBlind',
    series: { [blind()]: '1x60' },
    at: '30m',
    labels: { job: 'maintainer' },
    description:
      'For half an hour nothing has been known of the alerts that a soak is to be free of. That time does not count.',
  },
  {
    alert: 'VigilanteApprovalExpires',
    series: { [approval()]: '7200x120' },
    at: '60m',
    labels: { job: 'maintainer' },
    description: 'In 2h 0m 0s there are too few approvals for the next part of the upgrade.',
  },
  {
    alert: 'VigilanteVersionsDiffer',
    series: TWO,
    at: '1440m',
    labels: { job: 'maintainer', component: 'kubelet' },
    description: 'For a day kubelets of 2 versions have been running, and no upgrade goes on.',
  },
];
