/** The process: its configuration, its key, its pages, its end (E48 to E50). */

import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { FIRST_CERTIFICATE } from '../../fixtures/certificates.ts';
import { callUrl } from '../collector/collector-call.ts';
import { type EchoProcesses, echoProcesses, runVigilante, statusOf } from './echo-process.ts';

const UNTIL = { timeoutMs: 120_000 };

let processes: EchoProcesses;
beforeAll(async () => {
  processes = await echoProcesses();
});
afterAll(() => processes?.stop());

test('E48: answers, is checked by the command, and ends with 0 when it is asked to', async () => {
  const echo = await processes.start();
  const key = (await runVigilante(['echo', 'key', 'public', echo.keyFile])).out.trim();
  const checked = await runVigilante(['echo', 'check', echo.url, '--public-key', key]);
  expect(checked).toMatchObject({ code: 0, err: '' });
  expect(checked.out).toMatch(/^onprem-1 answered in \d+ ms\nthe signature is right\nit saw 127\.0\.0\.1, /);
  expect(await echo.kill('SIGTERM')).toMatchObject({ code: 0 });
});

test('E50: no line of the log and no label of a metric has an address', async () => {
  const echo = await processes.start();
  await callUrl(`${echo.url}?nonce=a`, 'GET');
  await callUrl(echo.url, 'GET');
  const page = (await callUrl(`${echo.metricsUrl}/metrics`, 'GET')).text;
  expect(page).toContain('vigilante_echo_requests_total{code="200"} 1');
  expect(page).toContain('vigilante_echo_requests_total{code="400"} 1');
  const ended = await echo.kill('SIGTERM');
  expect(page).not.toContain('127.0.0.1');
  expect(ended.output.replaceAll(`127.0.0.1:${echo.port}`, '').replaceAll(echo.metricsUrl, '')).not.toContain(
    '127.0.0.1',
  );
});

test('E50: a broken key file fails /readyz and keeps the key before it in use; a right one is used', async () => {
  const keyFile = join(processes.folder, 'renewed.pem');
  const [first, second] = await Promise.all(
    [1, 2].map(async () => (await runVigilante(['echo', 'key', 'generate'])).out),
  );
  await writeFile(keyFile, first ?? '');
  const echo = await processes.start({ config: { keyFile } });
  const publicOf = async () => (await runVigilante(['echo', 'key', 'public', keyFile])).out.trim();
  const isSignedBy = async (key: string) =>
    (await runVigilante(['echo', 'check', echo.url, '--public-key', key])).code === 0;
  const firstKey = await publicOf();
  await writeFile(keyFile, 'broken');
  await waitUntil(async () => (await statusOf(`${echo.metricsUrl}/readyz`)) === 503, { what: 'not ready', ...UNTIL });
  expect(await isSignedBy(firstKey)).toBe(true);
  await writeFile(keyFile, second ?? '');
  const secondKey = await publicOf();
  await waitUntil(async () => isSignedBy(secondKey), { what: 'the second key', ...UNTIL });
  expect(await statusOf(`${echo.metricsUrl}/readyz`)).toBe(200);
});

test('answers over HTTPS', async () => {
  const certificateFile = join(processes.folder, 'tls.crt');
  const certificateKey = join(processes.folder, 'tls.key');
  await writeFile(certificateFile, FIRST_CERTIFICATE.cert);
  await writeFile(certificateKey, FIRST_CERTIFICATE.key);
  const http = { host: '127.0.0.1', certificateFile, keyFile: certificateKey };
  const echo = await processes.start({ config: { tls: true }, rest: { http } });
  const body = await new Promise<string>((resolve, reject) => {
    const target = { host: '127.0.0.1', port: echo.port, path: '/v1/source?nonce=a', ca: FIRST_CERTIFICATE.cert };
    request(target, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.once('end', () => resolve(text));
    })
      .once('error', reject)
      .end();
  });
  expect(JSON.parse(body)).toMatchObject({ echo: 'onprem-1', source: '127.0.0.1' });
});

test.each<[string, Readonly<Record<string, unknown>>, number, RegExp]>([
  ['a key that is not there', { keyFile: '/nowhere/key.pem' }, 78, /the key file \/nowhere\/key\.pem cannot be read/],
  ['a name that is none', { name: 'On Prem' }, 78, /echo\.name: .*On Prem.*expected a DNS label/],
  ['v2 without trusted proxies', { proxyProtocol: 'v2' }, 78, /echo\.trustedProxies: \[\]: expected a range/],
  ['trusted proxies without v2', { trustedProxies: ['10.0.0.0/8'] }, 78, /echo\.proxyProtocol is off/],
  ['a range that is none', { proxyProtocol: 'v2', trustedProxies: ['10.0.0.0'] }, 78, /expected a list of ranges/],
])('%s is refused at start', async (_what, config, code, message) => {
  const ended = await (await processes.start({ config, untilReady: false })).ended;
  expect(ended.output).toMatch(message);
  expect(ended.code).toBe(code);
});

test('a port that is taken is one line, and 69', async () => {
  const first = await processes.start();
  const second = await processes.start({ config: { endpoint: `127.0.0.1:${first.port}` }, untilReady: false });
  const ended = await second.ended;
  expect(ended.code).toBe(69);
  expect(ended.output).toMatch(/cannot serve the echo on port \d+ of 127\.0\.0\.1: .*EADDRINUSE.*check echo\.endpoint/);
});
