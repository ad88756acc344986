/** A real Alertmanager (`prometheus-alertmanager` of the distribution) on a free port, gone with its folder afterwards. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '../../../sandbox/child-process.ts';
import { answersOk } from '../../../sandbox/parts/part.ts';
import { freePorts, LOOPBACK } from '../../../sandbox/ports.ts';
import { reap } from '../../../sandbox/reap.ts';
import { startReaper } from '../../../sandbox/reaper.ts';
import { findOnPath } from '../../../sandbox/tools/path-search.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';

type Labels = Readonly<Record<string, string>>;

export interface Alertmanager {
  readonly url: string;
  /** They fire for so long. */
  fire(forMs: number, ...alerts: readonly Labels[]): Promise<void>;
  /** For a day. */
  silence(alertname: string): Promise<void>;
  stop(): Promise<void>;
}

export const DAY_MS = 86_400_000;
const READY_TIMEOUT_MS = 60_000;
const CONFIGURATION = `
route: { receiver: nobody }
receivers: [{ name: nobody }]
inhibit_rules:
  - { source_matchers: ['alertname="NodeDown"'], target_matchers: ['alertname="PodDown"'] }
`;

/** Null where this machine has none: it is not among the tools that the sandbox builds. */
export async function findAlertmanager(): Promise<string | null> {
  return (await findOnPath('prometheus-alertmanager')) ?? findOnPath('alertmanager');
}

export async function startAlertmanager(program: string): Promise<Alertmanager> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-alertmanager-'));
  const id = randomUUID();
  const reaper = startReaper(id, folder);
  const [port = 0] = await freePorts(1);
  const url = `http://${LOOPBACK}:${port}`;
  const file = join(folder, 'alertmanager.yml');
  await writeFile(file, CONFIGURATION);
  await startProcess({
    name: 'alertmanager',
    program,
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
  await waitUntil(() => answersOk(`${url}/-/ready`), { what: 'Alertmanager to be ready', timeoutMs: READY_TIMEOUT_MS });
  return {
    url,
    fire: (forMs, ...alerts) =>
      post(
        `${url}/api/v2/alerts`,
        alerts.map((labels) => ({ labels, endsAt: iso(forMs) })),
      ),
    silence: (alertname) =>
      post(`${url}/api/v2/silences`, {
        matchers: [{ name: 'alertname', value: alertname, isRegex: false, isEqual: true }],
        startsAt: iso(0),
        endsAt: iso(DAY_MS),
        createdBy: 'a test',
        comment: 'planned',
      }),
    async stop() {
      await reap(id, folder);
      await reaper.release();
    },
  };
}

async function post(url: string, body: object): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.status !== 200) throw new Error(`POST ${url} was answered ${answer.status}: ${await answer.text()}`);
}

function iso(fromNowMs: number): string {
  return new Date(Date.now() + fromNowMs).toISOString();
}
