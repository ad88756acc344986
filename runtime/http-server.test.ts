/** The pages of a process over HTTP and HTTPS. */

import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestOptions, request as requestHttp } from 'node:http';
import { createServer as createTlsServer, request as requestHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { afterAll, expect, jest, test } from '@jest/globals';

import { loadConfig } from '../config/load.ts';
import { FIRST_CERTIFICATE, SECOND_CERTIFICATE, type TestCertificate } from '../tests/fixtures/certificates.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';
import { createLog } from './log.ts';
import { readTlsFiles, watchTlsFiles } from './tls-files.ts';

const log = createLog({ level: 'silent', process: 'test', cluster: 'test' });
const folder = mkdtempSync(join(tmpdir(), 'vigilante-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PAGES = {
  metrics: async () => ({ contentType: 'text/plain', text: '' }),
  readiness: () => ({ ready: true, checks: {} }),
};
const LOCAL = { VIGILANTE_HTTP_HOST: '127.0.0.1', VIGILANTE_HTTP_PORT: '0' };
const WAIT_MAX_MS = 10_000;

function start(ready: boolean, env: Record<string, string> = {}, configPath?: string): Promise<HttpServer> {
  const checks = { nodes: ready ? 'ok' : 'the nodes were not listed yet' };
  const pages = {
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'vigilante_nodes 3\n' }),
    readiness: () => ({ ready, checks }),
  };
  return startHttpServer(loadConfig({ path: configPath, env: { ...LOCAL, ...env } }), pages, log);
}

function fetchPage(url: string, options: RequestOptions = {}) {
  return new Promise<{ status: number | undefined; body: string; certificate: string | null }>((resolve, reject) => {
    const request = url.startsWith('https') ? requestHttps : requestHttp;
    const call = request(
      url,
      {
        ...options,
        agent: false,
        rejectUnauthorized: false,
      },
      (response) => {
        const { socket } = response;
        const certificate = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : null;
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode, body, certificate: String(certificate) }));
      },
    );
    call.on('error', reject).end();
  });
}

test.each([
  ['/healthz', 200, 'alive'],
  ['/health', 200, 'alive'],
  ['/readyz', 200, '"nodes":"ok"'],
  ['/readyz?verbose', 200, '"ready":true'],
  ['/metrics', 200, 'vigilante_nodes 3'],
  ['/', 404, '/metrics'],
])('H19: GET %s answers %d', async (path, status, text) => {
  const server = await start(true);
  try {
    const page = await fetchPage(`${server.url}${path}`);
    expect(page.status).toBe(status);
    expect(page.body).toContain(text);
  } finally {
    await server.close();
  }
});

test('H19: a process that is not ready says what is missing, and is alive', async () => {
  const server = await start(false);
  try {
    const page = await fetchPage(`${server.url}/readyz`);
    expect(page.status).toBe(503);
    expect(page.body).toContain('the nodes were not listed yet');
    expect((await fetchPage(`${server.url}/healthz`)).status).toBe(200);
  } finally {
    await server.close();
  }
});

test('only GET and HEAD are understood', async () => {
  const server = await start(true);
  try {
    expect((await fetchPage(`${server.url}/metrics`, { method: 'POST' })).status).toBe(405);
    expect(await fetchPage(`${server.url}/healthz`, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  } finally {
    await server.close();
  }
});

test('a port that is taken is a clear error', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  try {
    await expect(start(true, { VIGILANTE_HTTP_PORT: String(port) })).rejects.toThrow(
      `port ${port} of 127.0.0.1: another process listens there (EADDRINUSE); check http.port`,
    );
  } finally {
    other.close();
  }
});

/** As Kubernetes mounts a secret: `tls.crt` points into `..data`, which points into a folder that is replaced. */
function mountSecret(name: string, certificate: TestCertificate): { certificateFile: string; keyFile: string } {
  const mount = mkdtempSync(join(folder, `${name}-`));
  swapSecret(mount, certificate);
  for (const file of ['tls.crt', 'tls.key']) symlinkSync(join('..data', file), join(mount, file));
  return { certificateFile: join(mount, 'tls.crt'), keyFile: join(mount, 'tls.key') };
}

function swapSecret(mount: string, { cert, key }: TestCertificate): void {
  const version = mkdtempSync(join(mount, '..version-'));
  writeFileSync(join(version, 'tls.crt'), cert);
  writeFileSync(join(version, 'tls.key'), key);
  symlinkSync(version, join(mount, '..data-new'));
  renameSync(join(mount, '..data-new'), join(mount, '..data'));
}

test('H19: with tls the pages are served over HTTPS with the files of the configuration', async () => {
  const { certificateFile, keyFile } = mountSecret('served', FIRST_CERTIFICATE);
  const config = join(folder, 'tls.yaml');
  writeFileSync(config, JSON.stringify({ tls: true, http: { certificateFile, keyFile } }));
  const server = await start(true, {}, config);
  try {
    expect(server.url).toMatch(/^https:/);
    expect(await fetchPage(`${server.url}/healthz`)).toMatchObject({ status: 200, certificate: 'test-1' });
  } finally {
    await server.close();
  }
});

test.each([
  [false, 8000],
  [true, 8443],
])('H19: with tls %s the port is %d where none is configured', async (tls, port) => {
  const { certificateFile, keyFile } = mountSecret('default-port', FIRST_CERTIFICATE);
  const config = join(folder, `default-port-${port}.yaml`);
  writeFileSync(config, JSON.stringify({ tls, http: { certificateFile, keyFile, host: '127.0.0.1' } }));
  const starting = startHttpServer(loadConfig({ path: config, env: {} }), PAGES, log);
  // Where something else listens there, the error names the port.
  const server = await starting.catch((error: unknown) => ({ url: String(error), close: async () => {} }));
  await server.close();
  expect(server.url).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}$|on port ${port} of 127`));
});

test('H19: the server of a process looks at its files again after ten seconds', async () => {
  const { certificateFile, keyFile } = mountSecret('looked-at', FIRST_CERTIFICATE);
  const config = join(folder, 'looked-at.yaml');
  writeFileSync(config, JSON.stringify({ tls: true, http: { certificateFile, keyFile } }));
  const looks = jest.spyOn(globalThis, 'setInterval');
  const server = await start(true, {}, config);
  const timers = looks.mock.calls.filter(([, everyMs]) => everyMs === 10_000);
  looks.mockRestore();
  try {
    swapSecret(join(certificateFile, '..'), SECOND_CERTIFICATE);
    for (const [look] of timers) look();
    expect((await fetchPage(`${server.url}/healthz`)).certificate).toBe('test-2');
  } finally {
    await server.close();
  }
});

test('tls without its files is a clear error', async () => {
  const config = join(folder, 'no-files.yaml');
  writeFileSync(config, JSON.stringify({ tls: true, http: { certificateFile: '/missing.crt' } }));
  await expect(start(true, {}, config)).rejects.toThrow('http.certificateFile or http.keyFile cannot be read');
});

test('H19: a certificate that changes is served without a restart; a broken or missing one is not taken', async () => {
  const files = mountSecret('reloaded', FIRST_CERTIFICATE);
  const mount = join(files.certificateFile, '..');
  const server = createTlsServer(readTlsFiles(files), (_, response) => response.end('here'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let looks = 0;
  const stop = watchTlsFiles({ files, server, log, everyMs: 20, onLook: () => (looks += 1) });
  const served = async () => (await fetchPage(`https://127.0.0.1:${port}/`)).certificate;
  const twoLooks = async () => {
    const until = looks + 2;
    await waitFor(async () => looks >= until);
  };
  try {
    expect(await served()).toBe('test-1');
    swapSecret(mount, { cert: SECOND_CERTIFICATE.cert, key: FIRST_CERTIFICATE.key });
    await twoLooks();
    expect(await served()).toBe('test-1');
    unlinkSync(join(mount, '..data'));
    await twoLooks();
    expect(await served()).toBe('test-1');
    swapSecret(mount, SECOND_CERTIFICATE);
    await waitFor(async () => (await served()) === 'test-2');
  } finally {
    stop();
    server.close();
  }
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + WAIT_MAX_MS;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error('waited in vain');
    await pause(10);
  }
}

test('H19: where no address is configured the pages are served on IPv4 and IPv6', async () => {
  const server = await start(true, { VIGILANTE_HTTP_HOST: '' });
  const { port } = new URL(server.url);
  try {
    for (const host of ['127.0.0.1', '[::1]']) {
      expect(await fetchPage(`http://${host}:${port}/healthz`)).toMatchObject({ status: 200 });
    }
  } finally {
    await server.close();
  }
});
