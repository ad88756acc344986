/** Asking a collector over HTTP and HTTPS, with answers of every size and certificates that change. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';

import { FIRST_CERTIFICATE, SECOND_CERTIFICATE } from '../tests/fixtures/certificates.ts';
import { createCollectorClient } from './collector-client.ts';

const ASKED = { path: '/api/v2/connectivity?names=100', bodyBytesMax: 1_048_576 };
const clean: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).toReversed()) await step();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  clean.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function clientOf(handler: RequestListener) {
  const port = await listen(createServer(handler));
  const client = createCollectorClient({ url: `http://127.0.0.1:${port}`, ...ASKED });
  clean.push(() => client.close());
  return client;
}

const soon = () => AbortSignal.timeout(5_000);

test('asks for a hundred names and parses the answer, whatever its status', async () => {
  const paths: (string | undefined)[] = [];
  const client = await clientOf(({ url }, answer) => {
    paths.push(url);
    answer.statusCode = paths.length === 1 ? 200 : 503;
    answer.end(paths.length === 3 ? '<html>' : '{"ok":true}');
  });
  expect(await client.ask(soon())).toEqual({ status: 200, body: { ok: true } });
  expect(await client.ask(soon())).toEqual({ status: 503, body: { ok: true } });
  expect(await client.ask(soon())).toEqual({ status: 503, body: '<html>' });
  expect(new Set(paths)).toEqual(new Set(['/api/v2/connectivity?names=100']));
});

test('an answer that is too large is refused', async () => {
  const client = await clientOf((_, answer) => answer.end('x'.repeat(1_048_577)));
  await expect(client.ask(soon())).rejects.toThrow(/[Rr]esponse|size|exceeded/);
  const fitting = await clientOf((_, answer) => answer.end('x'.repeat(1_048_576)));
  expect(await fitting.ask(soon())).toMatchObject({ status: 200 });
});

test('a request to a silent collector ends when it is aborted', async () => {
  const client = await clientOf(() => undefined);
  await expect(client.ask(AbortSignal.timeout(50))).rejects.toThrow();
});

test('HTTPS with a CA file that is read again when it changes; one that is lost leaves the old one in use', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-ca-'));
  clean.push(() => rm(folder, { recursive: true, force: true }));
  const caFile = join(folder, 'ca.crt');
  const server = createSecureServer(FIRST_CERTIFICATE, (_, answer) => {
    // Each question makes a connection of its own.
    answer.setHeader('connection', 'close');
    answer.end('{}');
  });
  const port = await listen(server);
  const problems: string[] = [];
  const client = createCollectorClient({
    ...ASKED,
    url: `https://localhost:${port}`,
    caFile,
    onCaProblem: (message) => problems.push(message),
  });
  clean.push(() => client.close());

  await expect(client.ask(soon())).rejects.toThrow(`connectivity.collectorCaFile ${caFile} cannot be read`);
  await writeFile(caFile, SECOND_CERTIFICATE.cert);
  await expect(client.ask(soon())).rejects.toThrow(/certificate/);
  await writeFile(caFile, FIRST_CERTIFICATE.cert);
  expect(await client.ask(soon())).toEqual({ status: 200, body: {} });
  server.setSecureContext(SECOND_CERTIFICATE);
  await writeFile(caFile, SECOND_CERTIFICATE.cert);
  expect(await client.ask(soon())).toEqual({ status: 200, body: {} });
  await rm(caFile);
  expect(await client.ask(soon())).toEqual({ status: 200, body: {} });
  expect(problems).toEqual([expect.stringContaining('the one from before stays in use')]);
});
