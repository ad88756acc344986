/** A collector with TLS and tokens, whose files change while the agent runs. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FIRST_CERTIFICATE, SECOND_CERTIFICATE } from '../../fixtures/certificates.ts';
import { type AgentProcess, startAgent } from './agent-process.ts';
import { startCollector, type TestCollector } from './test-collector.ts';

let folder: string;
let caFile: string;
let tokenFile: string;
let collector: TestCollector | null = null;
let agent: AgentProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigilante-agent-test-'));
  caFile = join(folder, 'ca.crt');
  tokenFile = join(folder, 'token');
});
afterEach(async () => {
  await agent?.stop('SIGKILL');
  agent = null;
  await collector?.stop();
  collector = null;
  rmSync(folder, { recursive: true, force: true });
});

test('the report goes over TLS with the token, the collector is probed over TLS, and a new token is used at once', async () => {
  writeFileSync(caFile, FIRST_CERTIFICATE.cert);
  writeFileSync(tokenFile, 'first.token\n');
  collector = await startCollector({ tls: FIRST_CERTIFICATE });
  const args = [`-serverendpoint=https://localhost:${collector.port}`, '-reportinterval=1'];
  agent = startAgent({ args: [...args, `-cafile=${caFile}`, '-tokenfile', tokenFile, '-v=5'] });
  const { headers, report } = await collector.reported(2);
  expect(headers.authorization).toBe('Bearer first.token');
  const [ping] = report.network_probes ?? [];
  expect(ping).toMatchObject({
    URL: `https://localhost:${collector.port}/api/v1/ping`,
    ConnectionResult: 1,
    HTTPCode: 200,
  });
  const { Total = 0, Connect = 0, ServerProcessing = 0, ContentTransfer = 0 } = ping ?? {};
  expect(Total).toBeGreaterThanOrEqual(Connect + ServerProcessing + ContentTransfer);
  expect(collector.requests.map((request) => request.headers.authorization ?? null)).not.toContain(
    'Bearer first.token',
  );

  writeFileSync(tokenFile, 'second.token');
  const count = collector.reports.length;
  expect((await collector.reported(count + 2)).headers.authorization).toBe('Bearer second.token');
  const { stdout, stderr } = agent.output();
  expect(stdout + stderr).not.toMatch(/(first|second)\.token/);
});

test('a certificate of another authority is refused; the authority in a changed file is taken without a restart', async () => {
  writeFileSync(caFile, SECOND_CERTIFICATE.cert);
  collector = await startCollector({ tls: FIRST_CERTIFICATE });
  const args = [`-serverendpoint=https://localhost:${collector.port}`, '-reportinterval=1', `-cafile=${caFile}`];
  agent = startAgent({ args });
  await agent.logged(/^report not taken: .*self-signed certificate/);
  expect(collector.reports).toEqual([]);
  writeFileSync(caFile, FIRST_CERTIFICATE.cert);
  const { report } = await collector.reported(2);
  expect(report.network_probes).toMatchObject([{ ConnectionResult: 1 }]);
});

test('without an authority the public ones hold, and a collector of ours is not trusted', async () => {
  collector = await startCollector({ tls: FIRST_CERTIFICATE });
  agent = startAgent({ args: [`-serverendpoint=https://localhost:${collector.port}`, '-reportinterval=1'] });
  await agent.logged(/^report not taken: .*self-signed certificate/);
  expect(collector.reports).toEqual([]);
});

test('an authority that can no longer be read is logged once, and the last one is kept', async () => {
  writeFileSync(caFile, FIRST_CERTIFICATE.cert);
  collector = await startCollector({ tls: FIRST_CERTIFICATE });
  const args = [`-serverendpoint=https://localhost:${collector.port}`, '-reportinterval=1', `-cafile=${caFile}`];
  agent = startAgent({ args });
  await collector.reported(1);
  rmSync(caFile);
  const { problem } = await agent.logged(/^the certificate authority cannot be read$/);
  expect(problem).toContain(caFile);
  await collector.reported(collector.reports.length + 2);
  expect(agent.log().filter(({ msg }) => msg.startsWith('the certificate authority'))).toHaveLength(1);
});

test('the authority vouches for the collector alone, not for other targets', async () => {
  writeFileSync(caFile, FIRST_CERTIFICATE.cert);
  const other = await startCollector({ tls: FIRST_CERTIFICATE });
  try {
    collector = await startCollector({ tls: FIRST_CERTIFICATE });
    const endpoint = `https://localhost:${collector.port}`;
    const probed = `https://localhost:${other.port}/`;
    agent = startAgent({ args: [`-serverendpoint=${endpoint}`, `-cafile=${caFile}`, `-probeurls=${probed}`] });
    const { report } = await collector.reported(1);
    expect(report.network_probes).toMatchObject([
      { URL: probed, ConnectionResult: 0 },
      { URL: `${endpoint}/api/v1/ping`, ConnectionResult: 1 },
    ]);
  } finally {
    await other.stop();
  }
});

test.each([
  { what: 'is not there', content: null, says: /the token cannot be read: ENOENT.*token'; next attempt/ },
  { what: 'is empty', content: '\n', says: /the token cannot be read: .*token holds no token; next attempt/ },
  { what: 'holds several lines', content: 'a\nb\n', says: /the token cannot be read: .*token holds no token/ },
])('a token file that $what: nothing is sent without it, and it may come later', async ({ content, says }) => {
  if (content !== null) writeFileSync(tokenFile, content);
  collector = await startCollector();
  const args = [`-serverendpoint=${collector.address}`, '-reportinterval=1', `-tokenfile=${tokenFile}`];
  agent = startAgent({ args });
  expect((await agent.logged(/^report not taken/)).msg).toMatch(says);
  expect(collector.reports).toEqual([]);
  writeFileSync(tokenFile, 'late.token');
  expect((await collector.reported(1)).headers.authorization).toBe('Bearer late.token');
  const warning = await agent.logged(/without TLS/);
  expect(warning.level).toBe('warn');
});
