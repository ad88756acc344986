/** Ways to a real Temporal server: by an egress proxy, with TLS whose certificates change, with an API key that changes. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Client } from '@temporalio/client';
import { DefaultLogger } from '@temporalio/worker';

import { connectClient } from '../../../cli/temporal.ts';
import { loadConfig } from '../../../config/load.ts';
import { loadTemporalProfile, type TemporalProfile } from '../../../config/temporal-profile.ts';
import type { HealingPolicy } from '../../../contracts/healing/heal-node.ts';
import { LOOPBACK } from '../../../sandbox/ports.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { connectTemporal } from '../../../temporal/connection.ts';
import type { TemporalLink } from '../../../temporal/link.ts';
import { renewTemporal } from '../../../temporal/renewal.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { openTemporalProxy } from '../../chaos/temporal-proxy.ts';
import { makeCertificates, type TestCertificates } from '../stores/certificates.ts';
import { withWorkers } from '../worker/running-workers.ts';
import { startHeal } from '../worker/started-heal.ts';
import { type ConnectProxy, openConnectProxy } from './connect-proxy.ts';
import { silentLog } from './temporal-server.ts';
import { useTemporalServer } from './use-temporal-server.ts';

/** Only the proxy knows this name. */
const FAR_AWAY = 'temporal.far-away.test:7233';
const WAIT_MS = 120_000;
const PASS = { before: async () => {}, after: async () => {} };

const CLUSTER = 'access';
const POLICY: HealingPolicy = {
  windowMs: 5e3,
  intervalMs: 1e3,
  errorBudget: 10,
  evidence: 'none',
  provenPodsMin: 1,
  retryAfterMs: 6e4,
  searchAttributes: false,
};

const temporal = useTemporalServer({ searchAttributes: true });
let certificates: TestCertificates;
let workflowBundle: Awaited<ReturnType<typeof bundleWorkflows>>;
let folder: string;
let proxy: ConnectProxy;

beforeAll(async () => {
  certificates = await makeCertificates();
  workflowBundle = await bundleWorkflows(new DefaultLogger('ERROR'));
});
afterAll(() => certificates?.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigilante-access-'));
  proxy = await openConnectProxy({ [FAR_AWAY]: portOf(temporal.server.profile) });
});
afterEach(async () => {
  await proxy.close();
  await rm(folder, { recursive: true });
});

function portOf({ address }: TemporalProfile): number {
  return Number(address.split(':').at(-1));
}

async function connected(profile: TemporalProfile): Promise<TemporalLink> {
  const signal = AbortSignal.timeout(WAIT_MS);
  const result = await connectTemporal({ profile, attributes: [], log: silentLog, signal });
  if (result === null) throw new Error('not connected in time');
  return result.link;
}

/** Whether the server answers by this link, on a connection that may have to be made. */
async function answers(link: TemporalLink): Promise<boolean> {
  const { namespace } = temporal.server.profile;
  try {
    await link.withDeadline(Date.now() + 3_000, () => link.workflowService.describeNamespace({ namespace }));
    return true;
  } catch {
    return false;
  }
}

test('worker, starter and command line reach Temporal by the proxy of the environment, and by nothing else', async () => {
  const profile = loadTemporalProfile({ TEMPORAL_ADDRESS: FAR_AWAY, HTTPS_PROXY: proxy.url });
  const link = await connected(profile);
  expect(await answers(link)).toBe(true);
  await link.close();
  expect(proxy.targets).toEqual([FAR_AWAY]);

  const client = await connectClient(profile);
  await client.connection.close();
  expect(proxy.targets).toEqual([FAR_AWAY, FAR_AWAY]);
});

test('an address of this machine is reached directly by the command line, too, whatever its libraries read', async () => {
  const { address } = temporal.server.profile;
  const before = process.env['https_proxy'];
  process.env['https_proxy'] = `http://${LOOPBACK}:1`;
  try {
    const client = await connectClient(loadTemporalProfile({ TEMPORAL_ADDRESS: address, HTTPS_PROXY: proxy.url }));
    await client.connection.close();
  } finally {
    if (before === undefined) delete process.env['https_proxy'];
    else process.env['https_proxy'] = before;
  }
  expect(proxy.targets).toEqual([]);
});

test('a proxy that refuses is named, with NO_PROXY as a way out', async () => {
  const HTTPS_PROXY = proxy.url.replace('me:', 'stranger:');
  const profile = loadTemporalProfile({ TEMPORAL_ADDRESS: FAR_AWAY, HTTPS_PROXY });
  const lines: string[] = [];
  const log = Object.assign(Object.create(silentLog), {
    warn: (...line: unknown[]) => lines.push(String(line.at(-1))),
  });
  const stopping = new AbortController();
  const connecting = connectTemporal({ profile, attributes: [], log, signal: stopping.signal });
  await waitUntil(() => lines.length > 0, { what: 'a line in the log', timeoutMs: WAIT_MS });
  stopping.abort();
  expect(await connecting).toBeNull();
  expect(lines[0]).toMatch(
    /^cannot reach Temporal at temporal\.far-away\.test:7233 by proxy http:\/\/127\.0\.0\.1:\d+ \(HTTPS_PROXY\): /,
  );
  expect(lines[0]).toContain('NO_PROXY');
  await expect(connectClient(profile)).rejects.toThrow(
    /by proxy http:\/\/127\.0\.0\.1:\d+ \(HTTPS_PROXY\): .* with status 403/,
  );
});

test('TLS with a client certificate goes through the proxy as it is', async () => {
  const gate = await openTemporalProxy(portOf(temporal.server.profile), PASS, await gateTls(certificates.caFile));
  const [, port = ''] = gate.address.split(':');
  const secured = await openConnectProxy({ [FAR_AWAY]: Number(port) });
  const env = {
    TEMPORAL_ADDRESS: FAR_AWAY,
    HTTPS_PROXY: secured.url,
    TEMPORAL_TLS_SERVER_NAME: LOOPBACK,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.caFile,
    TEMPORAL_TLS_CLIENT_CERT_PATH: certificates.client.certificateFile,
    TEMPORAL_TLS_CLIENT_KEY_PATH: certificates.client.keyFile,
  };
  const link = await connected(loadTemporalProfile(env));
  expect(await answers(link)).toBe(true);
  await link.close();
  const client = await connectClient(loadTemporalProfile(env));
  await client.connection.close();
  expect(secured.targets).toEqual([FAR_AWAY, FAR_AWAY]);
  await secured.close();
  await gate.close();
});

test('a client certificate that was replaced is taken up by clients and workers without a restart', async () => {
  const gate = await openTemporalProxy(portOf(temporal.server.profile), PASS, await gateTls(certificates.caFile));
  const [crt, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const put = async (from: TestCertificates['client']) => {
    await writeFile(crt, await readFile(from.certificateFile));
    await writeFile(key, await readFile(from.keyFile));
  };
  await put(certificates.client);
  const load = () =>
    loadTemporalProfile({
      TEMPORAL_ADDRESS: gate.address,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.caFile,
      TEMPORAL_TLS_CLIENT_CERT_PATH: crt,
      TEMPORAL_TLS_CLIENT_KEY_PATH: key,
    });
  const profile = load();
  const link = await connected(profile);
  const first = link.connection;
  const renewal = renewTemporal({ link, profile, load, log: silentLog, everyMs: 200 });
  const client = new Client({ connection: link });
  const parts = {
    config: loadConfig({ env: { VIGILANTE_CLUSTER: CLUSTER } }),
    connection: first,
    namespace: profile.namespace,
    workflowBundle,
  };
  await withWorkers(parts, async () => {
    const heal = await startHeal(client, { cluster: CLUSTER, node: 'renewed', policy: POLICY });
    // Only the other authority is trusted from now on; certificate and key are swapped one after the other.
    gate.renew(await gateTls(certificates.strangerCaFile));
    expect(await answers(link)).toBe(false);
    await put(certificates.stranger);
    await waitUntil(() => answers(link), { what: 'the new certificate', timeoutMs: WAIT_MS });
    expect(link.connection).not.toBe(first);
    expect(await heal.result()).toMatchObject({ outcome: 'healed' });
  });
  await renewal.stop();
  await link.close();
  await gate.close();
});

test('an API key that was replaced in its file is taken up without another connection', async () => {
  let allowed = 'first';
  const isAllowed = ({ authorization }: { authorization?: string | undefined }) =>
    authorization === `Bearer ${allowed}`;
  const tls = await gateTls(null);
  const gate = await openTemporalProxy(portOf(temporal.server.profile), { ...PASS, isAllowed }, tls);
  const apiKeyFile = join(folder, 'key');
  await writeFile(apiKeyFile, allowed);
  const env = { TEMPORAL_ADDRESS: gate.address, TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.caFile };
  const load = () => loadTemporalProfile(env, { apiKeyFile });
  const profile = load();
  const link = await connected(profile);
  const { connection } = link;
  const renewal = renewTemporal({ link, profile, load, log: silentLog, everyMs: 200 });
  allowed = 'second';
  expect(await answers(link)).toBe(false);
  await writeFile(apiKeyFile, allowed);
  await waitUntil(() => answers(link), { what: 'the new key', timeoutMs: WAIT_MS });
  expect(link.connection).toBe(connection);
  await renewal.stop();
  await link.close();
  await gate.close();
});

/** @param clientCaFile authority of the client certificates that are let in; null: clients need none */
async function gateTls(clientCaFile: string | null) {
  const { certificateFile, keyFile } = certificates.server;
  return {
    cert: await readFile(certificateFile),
    key: await readFile(keyFile),
    ...(clientCaFile === null
      ? {}
      : {
          ca: await readFile(clientCaFile),
          requestCert: true,
          rejectUnauthorized: true,
        }),
  };
}
