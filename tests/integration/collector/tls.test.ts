/** The collector over HTTPS: the real agent trusts it by its authority, and a renewed certificate is served without a restart. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { FIRST_CERTIFICATE, SECOND_CERTIFICATE, type TestCertificate } from '../../fixtures/certificates.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { isTrusted } from '../trusted-certificate.ts';
import { type CollectorProcess, type CollectorProcesses, collectorProcesses } from './collector-process.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/vigilante', import.meta.url));

let apiServer: TestApiServer;
let folder: string;
let processes: CollectorProcesses;
let collector: CollectorProcess;

const certificateFile = () => join(folder, 'tls.crt');
const keyFile = () => join(folder, 'tls.key');

async function put({ cert, key }: TestCertificate): Promise<void> {
  await writeFile(certificateFile(), cert);
  await writeFile(keyFile(), key);
}

beforeAll(async () => {
  apiServer = await startApiServer();
  folder = await mkdtemp(join(tmpdir(), 'vigilante-tls-'));
  await put(FIRST_CERTIFICATE);
  const tls = { certificateFile: certificateFile(), keyFile: keyFile() };
  processes = await collectorProcesses({ kubeconfig: apiServer.kubeconfig('admin').path, tls });
  collector = await processes.start();
});

afterAll(async () => {
  await processes?.stop();
  await apiServer?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Whether the collector's certificate is good by this one. */
function isCollectorTrusted(by: TestCertificate): Promise<boolean> {
  return isTrusted(Number(new URL(collector.url).port), by);
}

async function reportsFrom(name: string, authority: TestCertificate): Promise<boolean> {
  const caFile = join(folder, `${name}.ca`);
  await writeFile(caFile, authority.cert);
  const { PATH = '', HOME = '' } = process.env;
  const { host } = new URL(collector.url);
  const agent = spawn(PROGRAM, ['agent', `-serverendpoint=https://${host}`, '-reportinterval=1', `-cafile=${caFile}`], {
    env: { PATH, HOME, MY_POD_NAME: name, MY_NODE_NAME: 'node-1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let log = '';
  agent.stdout.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  try {
    const isKnown = async () => (await collector.call('GET', `/api/v1/agents/${name}`)).status === 200;
    const isOver = await waitUntil(
      async () => ((await isKnown()) ? 'reported' : /certificate/.test(log) ? 'refused' : null),
      {
        what: `the agent ${name} to report or to say why not`,
        timeoutMs: 120_000,
        explain: async () => log,
      },
    );
    return isOver === 'reported';
  } finally {
    agent.kill('SIGKILL');
    await once(agent, 'close');
  }
}

test('an agent reports to a collector whose authority it knows, and not to another one', async () => {
  expect(await reportsFrom('trusting', FIRST_CERTIFICATE)).toBe(true);
  expect(await reportsFrom('distrusting', SECOND_CERTIFICATE)).toBe(false);
});

test('a renewed certificate is served without a restart', async () => {
  expect(await isCollectorTrusted(FIRST_CERTIFICATE)).toBe(true);
  await put(SECOND_CERTIFICATE);
  await waitUntil(() => isCollectorTrusted(SECOND_CERTIFICATE), {
    what: 'the renewed certificate to be served',
    timeoutMs: 120_000,
  });
  expect(await isCollectorTrusted(FIRST_CERTIFICATE)).toBe(false);
  expect((await collector.call('GET', '/readyz')).status).toBe(200);
});
