/** The gate of the alerts on a real Alertmanager (`prometheus-alertmanager` of the distribution): silences and inhibitions. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { alertmanagerAlerts } from '../../../activities/maintenance/alertmanager.ts';
import type { AlertVerdict } from '../../../domain/maintenance/alert-gate.ts';
import { parseLabelMatcher } from '../../../domain/maintenance/label-matchers.ts';
import { createJsonClient, type JsonClient } from '../../../runtime/json-client.ts';
import { startProcess } from '../../../sandbox/child-process.ts';
import { answersOk } from '../../../sandbox/parts/part.ts';
import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { reap } from '../../../sandbox/reap.ts';
import { startReaper } from '../../../sandbox/reaper.ts';
import { findOnPath } from '../../../sandbox/tools/path-search.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';

jest.setTimeout(180_000);

const WAIT_MS = 60_000;
const RULES = {
  match: ['severity=~"critical|warning"'].flatMap((text) => parseLabelMatcher(text) ?? []),
  ignore: ['InfoInhibitor'],
  heartbeat: 'Watchdog',
  restartGraceMs: 0,
};
const CONFIGURATION = `
route: { receiver: nobody }
receivers: [{ name: nobody }]
inhibit_rules:
  - { source_matchers: ['alertname="NodeDown"'], target_matchers: ['alertname="PodDown"'] }
`;

const program = (await findOnPath('prometheus-alertmanager')) ?? (await findOnPath('alertmanager'));
// Debian has it as a package; it is not among the tools that the sandbox builds.
const withAlertmanager = program === null ? describe.skip : describe;

let url = '';
let client: JsonClient;
let stop: () => Promise<void> = async () => {};

async function start(alertmanager: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-alertmanager-'));
  const id = randomUUID();
  const reaper = startReaper(id, folder);
  stop = async () => {
    await client?.close();
    await reap(id, folder);
    await reaper.release();
  };
  const [port = 0] = await freePorts(1);
  url = `http://${LOOPBACK}:${port}`;
  const file = join(folder, 'alertmanager.yml');
  await writeFile(file, CONFIGURATION);
  await startProcess({
    name: 'alertmanager',
    program: alertmanager,
    args: [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${LOOPBACK}:${port}`,
      '--cluster.listen-address=',
    ],
    env: {},
    sandboxId: id,
    logPath: join(folder, 'log'),
  });
  await waitUntil(() => answersOk(`${url}/-/ready`), { what: 'Alertmanager to be ready', timeoutMs: WAIT_MS });
  client = createJsonClient({ url, bodyBytesMax: 4_000_000 });
}

async function post(path: string, body: object): Promise<void> {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

const DAY_MS = 86_400_000;
const iso = (fromNowMs: number) => new Date(Date.now() + fromNowMs).toISOString();

/** They fire until then. */
const fire = (endsInMs: number, ...alerts: readonly Readonly<Record<string, string>>[]) =>
  post(
    '/api/v2/alerts',
    alerts.map((labels) => ({ labels, endsAt: iso(endsInMs) })),
  );

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
  beforeAll(() => start(program ?? ''));
  afterAll(() => stop());

  test('M34: without any alert nothing is known', async () => {
    expect(await look()).toMatchObject({ kind: 'unknown', message: expect.stringContaining('Watchdog does not fire') });
  });

  test('M34: with the heartbeat alone it is quiet, whatever fires that does not count', async () => {
    await fire(
      DAY_MS,
      { alertname: 'Watchdog', severity: 'none' },
      { alertname: 'Note', severity: 'info' },
      { alertname: 'InfoInhibitor', severity: 'warning' },
    );
    expect(await until('quiet')).toEqual({ kind: 'quiet' });
  });

  test('M34: an alert that counts closes the gate, and one that is silenced or inhibited does not', async () => {
    await fire(DAY_MS, { alertname: 'NodeDown', severity: 'critical' }, { alertname: 'PodDown', severity: 'critical' });
    // PodDown is inhibited by NodeDown.
    expect(await until('alerting')).toMatchObject({ names: ['NodeDown'], count: 1 });
    await post('/api/v2/silences', {
      matchers: [{ name: 'alertname', value: 'NodeDown', isRegex: false, isEqual: true }],
      startsAt: iso(0),
      endsAt: iso(DAY_MS),
      createdBy: 'a test',
      comment: 'planned',
    });
    expect(await until('quiet')).toEqual({ kind: 'quiet' });
  });

  test('M34: when nobody sends alerts any more the heartbeat ends, and nothing is known', async () => {
    await fire(500, { alertname: 'Watchdog', severity: 'none' });
    expect(await until('unknown')).toMatchObject({ message: expect.stringContaining('Watchdog does not fire') });
  });
});
