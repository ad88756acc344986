/** The gate of the alerts on a real Alertmanager: silences and inhibitions. */

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { alertmanagerAlerts } from '../../../activities/maintenance/alertmanager.ts';
import type { AlertVerdict } from '../../../domain/maintenance/alert-gate.ts';
import { parseLabelMatcher } from '../../../domain/maintenance/label-matchers.ts';
import { createJsonClient, type JsonClient } from '../../../runtime/json-client.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { type Alertmanager, DAY_MS, findAlertmanager, startAlertmanager } from './alertmanager-server.ts';

jest.setTimeout(180_000);

const WAIT_MS = 60_000;
const RULES = {
  match: ['severity=~"critical|warning"'].flatMap((text) => parseLabelMatcher(text) ?? []),
  ignore: ['InfoInhibitor'],
  heartbeat: 'Watchdog',
  restartGraceMs: 0,
};

const program = await findAlertmanager();
// Debian has it as a package.
const withAlertmanager = program === null ? describe.skip : describe;

let alertmanager: Alertmanager;
let client: JsonClient;

function look(): Promise<AlertVerdict> {
  const source = alertmanagerAlerts({ client, rules: RULES, now: Date.now });
  return new MockActivityEnvironment().run<[], AlertVerdict, () => Promise<AlertVerdict>>(() =>
    source.verdict(Date.now(), new AbortController().signal),
  );
}

function until(kind: AlertVerdict['kind']): Promise<AlertVerdict> {
  return waitUntil(
    async () => {
      const verdict = await look();
      return verdict.kind === kind ? verdict : null;
    },
    { what: `the verdict to be ${kind}`, timeoutMs: WAIT_MS },
  );
}

withAlertmanager('a real Alertmanager', () => {
  beforeAll(async () => {
    alertmanager = await startAlertmanager(program ?? '');
    client = createJsonClient({ url: alertmanager.url, bodyBytesMax: 4_000_000 });
  });
  afterAll(async () => {
    await client?.close();
    await alertmanager?.stop();
  });

  test('M34: without any alert nothing is known', async () => {
    expect(await look()).toMatchObject({ kind: 'unknown', message: expect.stringContaining('Watchdog does not fire') });
  });

  test('M34: with the heartbeat alone it is quiet, whatever fires that does not count', async () => {
    await alertmanager.fire(
      DAY_MS,
      { alertname: 'Watchdog', severity: 'none' },
      { alertname: 'Note', severity: 'info' },
      { alertname: 'InfoInhibitor', severity: 'warning' },
    );
    expect(await until('quiet')).toEqual({ kind: 'quiet' });
  });

  test('M34: an alert that counts closes the gate, and one that is silenced or inhibited does not', async () => {
    const down = ['NodeDown', 'PodDown'].map((alertname) => ({ alertname, severity: 'critical' }));
    await alertmanager.fire(DAY_MS, ...down);
    // PodDown is inhibited by NodeDown.
    expect(await until('alerting')).toMatchObject({ names: ['NodeDown'], count: 1 });
    await alertmanager.silence('NodeDown');
    expect(await until('quiet')).toEqual({ kind: 'quiet' });
  });

  test('M34: when nobody sends alerts any more the heartbeat ends, and nothing is known', async () => {
    await alertmanager.fire(500, { alertname: 'Watchdog', severity: 'none' });
    expect(await until('unknown')).toMatchObject({ message: expect.stringContaining('Watchdog does not fire') });
  });
});
