/** Alerts about maintenance and reboots: series below, at and above each limit. */

import { type AnnotationCase, casesOf, type RuleCase } from './rule-case.ts';

function labels(more: string, maintainer = 'a'): string {
  return [`job="maintainer",instance="${maintainer}",pod="${maintainer}"`, more].filter((text) => text !== '').join();
}
const nodes = (state: string, maintainer = 'a') =>
  `vigilante_maintenance_nodes{${labels(`group="workers",state="${state}"`, maintainer)}}`;
const waiting = (reason: string) => `vigilante_maintenance_waiting_seconds{${labels(`reason="${reason}"`)}}`;
const single = (name: string, maintainer = 'a') => `vigilante_${name}{${labels('', maintainer)}}`;
const PAUSE = 'maintenance_pause_remaining_seconds';
const BREAKER = 'maintenance_breaker_open';
const BUDGET = `vigilante_maintenance_budget{${labels('group="workers",kind="max"')}}`;

const NODES = [
  ...casesOf('VigilanteNodeHeld', [
    ['nodes are in work', { [nodes('in-work')]: '3x60', [nodes('held')]: '0x60' }, '60m', null],
    ['held, not for long enough', { [nodes('held')]: '1x60' }, '0m', 'pending'],
    ['held', { [nodes('held')]: '1x60' }, '1m', 'firing'],
    ['two maintainers have seen it', { [nodes('held')]: '1x60', [nodes('held', 'b')]: '1x60' }, '1m', 'firing'],
  ]),
  ...casesOf('VigilanteNodeCordonedTooLong', [
    ['cordoned by us', { [nodes('in-work')]: '1x1500', [nodes('cordoned-otherwise')]: '0x1500' }, '25h', null],
    ['cordoned by others, not for long enough', { [nodes('cordoned-otherwise')]: '1x1500' }, '1439m', 'pending'],
    ['cordoned by others for a day', { [nodes('cordoned-otherwise')]: '1x1500' }, '1440m', 'firing'],
    ['not cordoned in between', { [nodes('cordoned-otherwise')]: '1x700 0x1 1x800' }, '1500m', 'pending'],
  ]),
];

const GUARD = [
  ...casesOf('VigilanteBreakerOpen', [
    ['closed', { [single(BREAKER)]: '0x60' }, '60m', null],
    ['open, not for long enough', { [single(BREAKER)]: '1x60' }, '4m', 'pending'],
    ['open', { [single(BREAKER)]: '1x60', [single(BREAKER, 'b')]: '0x60' }, '5m', 'firing'],
  ]),
  ...casesOf('VigilanteMaintenanceWaitsLong', [
    ['four hours for a budget', { [waiting('group-budget')]: '14400x60' }, '60m', null],
    ['longer for a budget, not for long enough', { [waiting('group-budget')]: '14401x60' }, '14m', 'pending'],
    ['longer for a budget', { [waiting('group-budget')]: '14401x60' }, '15m', 'firing'],
    ['a week for a window', { [waiting('gate')]: '604800x60' }, '60m', null],
    ['longer for a window', { [waiting('gate')]: '604801x60' }, '15m', 'firing'],
    ['both', { [waiting('gate')]: '604801x60', [waiting('zone')]: '14401x60' }, '15m', 'firing', 2],
  ]),
  ...casesOf('VigilantePauseExpires', [
    ['no pause', { [single(PAUSE)]: '0x60' }, '60m', null],
    ['an hour is left', { [single(PAUSE)]: '3600x60' }, '60m', null],
    ['less is left, not for long enough', { [single(PAUSE)]: '3599x60' }, '0m', 'pending'],
    ['less is left', { [single(PAUSE)]: '3599x60' }, '1m', 'firing'],
    ['the other one saw it earlier', { [single(PAUSE)]: '3599x60', [single(PAUSE, 'b')]: '4000x60' }, '1m', 'firing'],
  ]),
];

const ABSENT = [
  ...casesOf('VigilanteMaintainerAbsent', [
    ['one has looked', { [BUDGET]: '5x60' }, '60m', null],
    ['none has, not for long enough', {}, '14m', 'pending'],
    ['none has', {}, '15m', 'firing'],
  ]),
  ...casesOf('VigilanteMaintainerAbsentInWork', [
    ['nodes are in work', { [nodes('in-work')]: '2x60' }, '60m', null],
    [
      'the other one looks after them',
      { [nodes('in-work')]: '2x9 stale', [nodes('in-work', 'b')]: '0x60' },
      '60m',
      null,
    ],
    ['gone while none was in work', { [nodes('in-work')]: '0x9 stale' }, '60m', null],
    ['gone, not for long enough', { [nodes('in-work')]: '2x9 stale' }, '19m', 'pending'],
    ['gone', { [nodes('in-work')]: '2x9 stale' }, '20m', 'firing'],
    ['gone for hours', { [nodes('in-work')]: '2x9 stale' }, '23h', 'firing'],
  ]),
];

const REBOOTS = ['VigilanteNodeUpTooLong', 'VigilanteRebootIneffective'].flatMap((alert) => {
  const isLong = alert === 'VigilanteNodeUpTooLong';
  const name = isLong ? 'reboots_up_too_long' : 'reboots_ineffective';
  return casesOf(alert, [
    ['none', { [single(name)]: '0x1500' }, '24h', null],
    ['one, not for long enough', { [single(name)]: '1x1500' }, isLong ? '1439m' : '4m', 'pending'],
    ['one', { [single(name)]: '1x1500', [single(name, 'b')]: '0x1500' }, isLong ? '1440m' : '5m', 'firing'],
  ]);
});

export const MAINTENANCE_CASES: readonly RuleCase[] = [...NODES, ...GUARD, ...ABSENT, ...REBOOTS];

export const MAINTENANCE_ANNOTATION_CASES: readonly AnnotationCase[] = [
  {
    alert: 'VigilanteNodeHeld',
    series: { [nodes('held')]: '2x20' },
    at: '1m',
    labels: { job: 'maintainer', group: 'workers', state: 'held' },
    description:
      '2 nodes of the group workers are held: cordoned, with their slot, until they are proven or released. `vigilante maintenance` names them.',
  },
  {
    alert: 'VigilanteBreakerOpen',
    series: { [single(BREAKER)]: '1x20' },
    at: '5m',
    labels: { job: 'maintainer' },
    description:
      'Acts on nodes failed, or too many nodes are down: no other node is taken. `vigilante maintenance` says why.',
  },
  {
    alert: 'VigilanteMaintenanceWaitsLong',
    series: { [waiting('zone')]: '18000x20' },
    at: '15m',
    labels: { job: 'maintainer', reason: 'zone' },
    description: 'A node has waited for 5h 0m 0s: zone. `vigilante maintenance` names it.',
  },
  {
    alert: 'VigilanteNodeCordonedTooLong',
    series: { [nodes('cordoned-otherwise')]: '3x1500' },
    at: '1440m',
    labels: { job: 'maintainer', group: 'workers', state: 'cordoned-otherwise' },
    description:
      '3 nodes of the group workers are cordoned by somebody else, and some node of the group has been for a day. They take room from the budget.',
  },
  {
    alert: 'VigilanteMaintainerAbsent',
    series: {},
    at: '15m',
    labels: {},
    description: 'No maintainer has looked at the cluster, or none is scraped. No node is taken.',
  },
  {
    alert: 'VigilanteMaintainerAbsentInWork',
    series: { [nodes('in-work')]: '2x9 stale' },
    at: '30m',
    labels: {},
    description: '2 nodes were in work when a maintainer was seen last. They stay cordoned until one runs again.',
  },
  {
    alert: 'VigilantePauseExpires',
    series: { [single(PAUSE)]: '1800x20' },
    at: '1m',
    labels: { job: 'maintainer' },
    description: 'Maintenance goes on in 30m 0s.',
  },
  {
    alert: 'VigilanteNodeUpTooLong',
    series: { [single('reboots_up_too_long')]: '4x1500' },
    at: '1440m',
    labels: { job: 'maintainer' },
    description:
      '4 nodes are up for longer than `maintenance.reboots.maxUptime`, and some node has been for a day. `vigilante reboots` says what keeps them.',
  },
  {
    alert: 'VigilanteRebootIneffective',
    series: { [single('reboots_ineffective')]: '1x20' },
    at: '5m',
    labels: { job: 'maintainer' },
    description: '1 nodes were rebooted and ask for it still. They are left alone. `vigilante reboots` names them.',
  },
];
