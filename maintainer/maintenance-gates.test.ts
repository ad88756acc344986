/** The gates as the configuration has them: which windows hold whom, and that nothing forgotten opens them. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { MaintenanceConfigSchema } from '../config/schema/maintenance.ts';
import type { Purpose } from '../domain/maintenance/facts.ts';
import type { Gate } from '../domain/maintenance/survey.ts';
import { maintenanceGates } from './maintenance-gates.ts';

/** A Wednesday, 14:00 in Berlin. */
const NOW_MS = Date.UTC(2026, 5, 10, 12);
const QUIET = { gates: { alerts: { source: 'none' } } };
const NIGHTS = { days: ['wed'], start: '22:00', end: '04:00', timeZone: 'Europe/Berlin' };

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function gateOf(maintenance: object, purpose: Purpose, group = 'workers', nowMs = NOW_MS): Promise<Gate> {
  const config = MaintenanceConfigSchema.parse({ ...QUIET, ...maintenance });
  const { gatesFor, close } = maintenanceGates(config, { now: () => nowMs, onCaProblem: () => {} });
  stops.push(close);
  return new MockActivityEnvironment().run<[], Gate, () => Promise<Gate>>(() => gatesFor({ purpose, group }));
}
const grouped = (windows: readonly object[]) => ({
  budget: {
    groups: [
      { name: 'control-plane', selector: 'a=b', max: 1 },
      { name: 'workers', selector: '', max: 1, windows },
    ],
  },
});

test.each<[string, object, Purpose, string, boolean]>([
  ['there is no window', {}, 'reboot', 'workers', true],
  ['its window is closed', grouped([NIGHTS]), 'reboot', 'workers', false],
  ['its window is closed, and a person begins', grouped([NIGHTS]), 'by-hand', 'workers', true],
  ['one of its windows is open', grouped([NIGHTS, { ...NIGHTS, start: '13:00' }]), 'upgrade', 'workers', true],
  ['the windows of reboots are closed', { reboots: { windows: [NIGHTS] } }, 'reboot', 'workers', false],
  ['the windows of reboots are closed', { reboots: { windows: [NIGHTS] } }, 'upgrade', 'workers', true],
  ['the window of another group is closed', grouped([NIGHTS]), 'upgrade', 'control-plane', true],
  [
    'it is frozen',
    { freezes: [{ from: '2026-06-10T00:00:00Z', to: '2026-06-11T00:00:00+02:00', reason: 'audit' }] },
    'by-hand',
    'workers',
    false,
  ],
  [
    'the freeze is over',
    { freezes: [{ from: '2026-06-09T00:00:00Z', to: '2026-06-10T12:00:00Z', reason: 'audit' }] },
    'reboot',
    'workers',
    true,
  ],
])('M36: where %s, whoever asks for %s of %s finds it open: %s', async (_what, maintenance, purpose, group, isOpen) => {
  expect(await gateOf(maintenance, purpose, group)).toMatchObject({ isOpen });
});

test.each([
  [{}, /maintenance\.gates\.alerts\.url is not set/],
  [{ source: 'alertmanager' }, /maintenance\.gates\.alerts\.url is not set/],
  [{ url: 'http://127.0.0.1:1' }, /ECONNREFUSED/],
  [
    { url: 'http://127.0.0.1:1', tokenFile: '/nowhere' },
    /maintenance\.gates\.alerts\.tokenFile \/nowhere cannot be read/,
  ],
])('M34: alerts as %j close the gate', async (alerts, reason) => {
  const gate = await gateOf({ gates: { alerts } }, 'reboot');
  expect(gate).toEqual({ isOpen: false, reasons: [expect.stringMatching(reason)] });
});

test('M34: Alertmanager is asked by the matchers of the configuration, below the path of its address', async () => {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, answer) => {
    asked.push(decodeURIComponent(url));
    answer.end(url.includes('Beat%22') && url.includes('silenced=true') ? '[{"labels":{"alertname":"Beat"}}]' : '[]');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/am`;
  const alerts = { source: 'alertmanager', url, match: ['team="a"'], ignore: [], heartbeat: 'Beat' };
  expect(await gateOf({ gates: { alerts } }, 'reboot')).toEqual({ isOpen: true, reasons: [] });
  expect(asked).toContain(
    '/am/api/v2/alerts?active=true&silenced=false&inhibited=false&filter=team="a"&filter=alertname!~"Beat"',
  );
});

test.each([
  { freezes: [{ from: '2026-06-10T00:00:00Z', to: '2026-06-10T00:00:00Z', reason: 'x' }] },
  { freezes: [{ from: 'today', to: '2026-06-10T00:00:00Z', reason: 'x' }] },
  { freezes: [{ from: '2026-06-10T00:00:00Z', to: '2026-06-11T00:00:00Z', reason: '' }] },
  grouped([{ ...NIGHTS, start: '24:00' }]),
  grouped([{ ...NIGHTS, end: '4:00' }]),
  grouped([{ ...NIGHTS, days: ['monday'] }]),
  grouped([{ ...NIGHTS, timeZone: 'Europe/Atlantis' }]),
  { gates: { alerts: { match: ['severity'] } } },
  { gates: { alerts: { source: 'thanos' } } },
])('the configuration refuses %j', (maintenance) => {
  expect(MaintenanceConfigSchema.safeParse({ ...QUIET, ...maintenance }).success).toBe(false);
});
