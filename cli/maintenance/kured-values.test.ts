/** Kured's values beside our configuration: what is taken over, and what is named instead. */

import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { MaintenanceConfigSchema } from '../../config/schema/maintenance.ts';
import { goDurationMs, kuredDay, kuredTime } from './kured-times.ts';
import { readKuredValues } from './kured-values.ts';

function read(configuration: object, more: object = {}) {
  const reading = readKuredValues({ configuration, ...more });
  if (reading === null) throw new Error('it was not read');
  return reading as { readonly maintenance: Sections; readonly notes: readonly string[] };
}
interface Sections {
  readonly reboots: { readonly windows: readonly object[] };
  readonly gates: object;
  readonly budget: object;
}
const notesOf = (configuration: object, more?: object) => read(configuration, more).notes;
const windowsOf = (configuration: object) => read(configuration).maintenance.reboots.windows;
const ALL_DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const ALWAYS = [
  'rebootSentinel: /var/run/reboot-required: give the agents its folder read-only, and their flag -sentinel',
  'image: name an image with nsenter for the pod that reboots a node',
];

test('values that set nothing: one node at a time, on Linux, at any time, with kured’s own sentinel', () => {
  const expected = {
    maintenance: {
      enabled: true,
      budget: {
        cluster: { percent: 100, count: 1 },
        groups: [{ name: 'kured', selector: 'kubernetes.io/os=linux', max: 1 }],
      },
      gates: { alerts: { source: 'none' } },
      executors: { 'reboot-linux': { kind: 'reboot', image: '' } },
      reboots: { enabled: true, executor: 'reboot-linux', windows: [] },
    },
    notes: ALWAYS,
  };
  expect(readKuredValues(null)).toEqual(expected);
  // As the chart writes its defaults.
  const defaults = `
    configuration: { metricsHost: "", lockTtl: 0, alertFilterRegexp: "", alertFiringOnly: false, blockingPodSelector: [],
      endTime: "", period: "", forceReboot: false, rebootDays: [], rebootCommand: "/bin/systemctl reboot", concurrency: 1 }
    nodeSelector: { kubernetes.io/os: linux }
    image: { tag: "" }`;
  expect(readKuredValues(parse(defaults))).toEqual(expected);
});

test('what both have is taken over', () => {
  const { maintenance, notes } = read(
    {
      concurrency: 3,
      blockingPodSelector: ['runtime=long', 'a in (b, c)'],
      rebootDays: ['mo', 'Tuesday', 3, 'thu'],
      startTime: '22:00',
      endTime: '11:30pm',
      timeZone: 'Europe/Berlin',
      period: '1h30m',
      drainTimeout: '10m0s',
      lockReleaseDelay: '30s',
      rebootSentinel: '/run/mlab-reboot',
      prometheusUrl: 'http://prometheus:9090',
      alertFiringOnly: true,
    },
    { nodeSelector: { pool: 'a', 'kubernetes.io/os': 'linux' } },
  );
  expect(maintenance).toEqual({
    enabled: true,
    budget: {
      cluster: { percent: 100, count: 3 },
      groups: [{ name: 'kured', selector: 'pool=a,kubernetes.io/os=linux', max: 3 }],
    },
    drain: { deadline: '10m' },
    prove: { settle: '30s' },
    gates: { alerts: { source: 'prometheus', url: 'http://prometheus:9090', match: [] } },
    executors: { 'reboot-linux': { kind: 'reboot', image: '' } },
    reboots: {
      enabled: true,
      executor: 'reboot-linux',
      windows: [{ days: ['mon', 'tue', 'wed', 'thu'], start: '22:00', end: '23:30', timeZone: 'Europe/Berlin' }],
      interval: '90m',
      blockingPods: ['runtime=long', 'a in (b, c)'],
    },
  });
  expect(notes).toEqual([
    expect.stringContaining('Watchdog'),
    expect.stringContaining('/run/mlab-reboot'),
    expect.stringContaining('image'),
  ]);
  const named = { ...maintenance, executors: { 'reboot-linux': { kind: 'reboot', image: 'nsenter:1' } } };
  expect(MaintenanceConfigSchema.safeParse(named)).toMatchObject({ success: true });
  expect(MaintenanceConfigSchema.safeParse(maintenance)).toMatchObject({ success: false });
});

test.each([
  [{ alertFilterRegexp: '^RebootRequired$' }, 'alertname!~".*(?:^RebootRequired$).*"'],
  [{ alertFilterRegexp: 'A|B', alertFilterMatchOnly: true }, 'alertname=~".*(?:A|B).*"'],
])('alerts that %j leaves out are left out', (filter, matcher) => {
  const { gates } = read({ prometheusUrl: 'http://p', ...filter }).maintenance;
  expect(gates).toEqual({ alerts: { source: 'prometheus', url: 'http://p', match: [matcher] } });
});

test.each<[object, object]>([
  [{ startTime: '9:00' }, { days: ALL_DAYS, start: '09:00', end: '24:00', timeZone: 'UTC' }],
  [{ endTime: '23:59' }, { days: ALL_DAYS, start: '00:00', end: '24:00', timeZone: 'UTC' }],
  [{ endTime: '6' }, { days: ALL_DAYS, start: '00:00', end: '06:00', timeZone: 'UTC' }],
  [{ rebootDays: 'sat,su' }, { days: ['sat', 'sun'], start: '00:00', end: '24:00', timeZone: 'UTC' }],
])('the window of %j', (configuration, expected) => {
  expect(windowsOf(configuration)).toEqual([expected]);
});

test.each([
  [{ lockTtl: '30m' }, /^lockTtl: 30m: no slot expires/],
  [{ forceReboot: true }, /^forceReboot: true: a node that cannot be drained/],
  [{ rebootSentinelCommand: '! needrestart' }, /^rebootSentinelCommand: ! needrestart: there is no such command/],
  [{ rebootCommand: '/sbin/kexec' }, /^rebootCommand: \/sbin\/kexec: write a pod template/],
  [{ slackHookUrl: 'https://hooks.example.org/token' }, /^slackHookUrl: a secret: /],
  [{ prometheusUrl: 'http://p' }, /^alertFiringOnly: false: pending alerts do not count/],
  [{ startTime: '22:00', endTime: '04:00' }, /^endTime: 04:00 is not after startTime 22:00: kured never reboots/],
  [{ timeZone: 'Local', startTime: '1:00' }, /^timeZone: Local: name the time zone/],
  [{ rebootDays: ['moonday'] }, /^rebootDays: moonday: kured does not take it either/],
  [{ period: 'soon' }, /^period: soon: kured does not take it either/],
  [{ preRebootNodeLabels: ['a=b'] }, /^preRebootNodeLabels: \["a=b"\]: the mark/],
  [{ somethingNew: 'x' }, /^somethingNew: x: there is no counterpart$/],
])('what has no counterpart is named: %j', (configuration, note) => {
  expect(notesOf(configuration)).toContainEqual(expect.stringMatching(note));
});

test('flags in extraArgs go before the configuration, and a chart of charts has its values under a name', () => {
  const { maintenance, notes } = read({ period: '1h' }, { extraArgs: { period: '5m', 'force-reboot': true } });
  expect(maintenance.reboots).toMatchObject({ interval: '5m' });
  expect(notes).toEqual([...ALWAYS, expect.stringContaining('forceReboot')]);
  expect(readKuredValues({ kured: { configuration: { period: '5m' } } })).toEqual(
    readKuredValues({ configuration: { period: '5m' } }),
  );
});

test.each([[[]], ['text'], [7]])('%j is no file of values', (values) => {
  expect(readKuredValues(values)).toBeNull();
});

test.each([
  ['22:05', '22:05'],
  ['7:00', '07:00'],
  ['23:59:59', '23:59'],
  ['10:05pm', '22:05'],
  ['12pm', '12:00'],
  ['12am', '00:00'],
  ['03pm', '15:00'],
  ['22', '22:00'],
  ['24:00', '24:00'],
  ['25', null],
  ['7:60', null],
  ['noon', null],
])('the time %s is %s', (text, expected) => {
  expect(kuredTime(text)).toBe(expected);
});

test.each([
  ['su', 'sun'],
  ['MON', 'mon'],
  ['tuesday', 'tue'],
  ['6', 'sat'],
  ['7', null],
  ['m', null],
  ['mondays', null],
])('the day %s is %s', (text, expected) => {
  expect(kuredDay(text)).toBe(expected);
});

test.each([
  ['1h0m0s', 3_600_000],
  ['1h30m', 5_400_000],
  ['90s', 90_000],
  ['1.5h', 5_400_000],
  ['60000000000', 60_000],
  ['5', 0],
  ['5x', null],
])('the duration %s is %s ms', (text, expected) => {
  expect(goDurationMs(text)).toBe(expected);
});
