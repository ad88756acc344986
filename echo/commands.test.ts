/** The commands around an echo: keys, and asking one. */

import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, jest, test } from '@jest/globals';
import { createLog } from '../runtime/log.ts';
import { checkEcho } from './check.ts';
import { runCommand } from './commands.ts';
import { createEchoServer, type EchoServer } from './server.ts';
import { generateKey, KeyProblem, openSigningKey, publicKeyOf } from './signing-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigilante-echo-'));
afterAll(() => rmSync(folder, { recursive: true }));
const log = createLog({ level: 'silent', process: 'test', cluster: 'test' });

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function output(args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  let out = '';
  let err = '';
  const toOut = jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  const toErr = jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  try {
    return { code: await runCommand(args), out, err };
  } finally {
    toOut.mockRestore();
    toErr.mockRestore();
  }
}

test('a generated key is Ed25519, and its public key has 43 characters', async () => {
  const generated = await output(['key', 'generate']);
  expect(generated.code).toBe(0);
  const key = createPrivateKey(generated.out);
  expect(key.asymmetricKeyType).toBe('ed25519');
  const shown = await output(['key', 'public', fileWith('own.pem', generated.out)]);
  expect(shown).toEqual({ code: 0, out: `${publicKeyOf(key)}\n`, err: '' });
  expect(publicKeyOf(key)).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test.each<[readonly string[], number, RegExp]>([
  [['key'], 64, /expected key generate, or key public FILE/],
  [['key', 'public'], 64, /expected key generate, or key public FILE/],
  [['key', 'public', join(folder, 'missing.pem')], 78, /missing\.pem cannot be read: .*ENOENT/],
  [['key', 'public', fileWith('text.pem', 'no key')], 78, /text\.pem holds no private key in PEM/],
  [['check'], 64, /expected check and one URL/],
  [['check', 'http://echo', '--nonsense'], 64, /nonsense/],
])('echo %j ends with %i and says why', async (args, code, message) => {
  const shown = await output(args);
  expect(shown.code).toBe(code);
  expect(shown.err).toMatch(message);
});

test('arguments of the process are no command', async () => {
  expect(await runCommand(['--config', 'file'])).toBeNull();
});

test('a key file that changes is used, a broken one leaves the key before it in use and is a problem', async () => {
  const [first, second] = [generateKey(), generateKey()];
  const file = fileWith('renewed.pem', first);
  const key = openSigningKey({ file, log, everyMs: 5 });
  const signedBy = (pem: string) => key.sign('text') === signatureOf(pem);
  try {
    expect(signedBy(first)).toBe(true);
    fileWith('renewed.pem', second);
    await until(() => signedBy(second));
    fileWith('renewed.pem', '');
    await until(() => key.problem() !== null);
    expect(key.problem()).toMatch(/renewed\.pem holds no private key/);
    expect(signedBy(second)).toBe(true);
    fileWith('renewed.pem', first);
    await until(() => key.problem() === null);
    expect(signedBy(first)).toBe(true);
  } finally {
    key.stop();
  }
});

test('a process whose key cannot be read does not start', () => {
  expect(() => openSigningKey({ file: join(folder, 'none.pem'), log })).toThrow(KeyProblem);
});

function signatureOf(pem: string): string {
  const file = fileWith('once.pem', pem);
  const key = openSigningKey({ file, log });
  key.stop();
  return key.sign('text');
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    if (tries === 2_000) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

let echo: EchoServer | null = null;
afterEach(async () => {
  await echo?.close();
  echo = null;
});

async function startEcho(pem: string): Promise<string> {
  const file = fileWith('echo.pem', pem);
  const key = openSigningKey({ file, log });
  key.stop();
  const started = createEchoServer({
    voice: { name: 'onprem-1', sign: key.sign },
    isTrustedProxy: null,
    tls: null,
    connectionsMax: 10,
    take: () => 0,
    onAnswer: () => undefined,
  });
  echo = started;
  await new Promise<void>((resolve) => started.server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  return `http://127.0.0.1:${(started.server.address() as AddressInfo).port}/v1/source`;
}

test('an echo with the right key that sees this connection is fit', async () => {
  const pem = generateKey();
  const found = await checkEcho(await startEcho(pem), [publicKeyOf(createPrivateKey(pem))]);
  expect(found).toMatchObject({ ok: true });
  expect(found.lines).toEqual([
    expect.stringMatching(/^onprem-1 answered in \d+ ms$/),
    'the signature is right',
    'it saw 127.0.0.1, the address of this connection: nothing on the way translates',
  ]);
});

test('an echo with another key is not fit, and without a key the signature is not checked', async () => {
  const url = await startEcho(generateKey());
  const other = publicKeyOf(createPrivateKey(generateKey()));
  expect(await checkEcho(url, [other])).toEqual({
    ok: false,
    lines: [`${url} gave no answer of an echo: the signature is by none of the public keys`],
  });
  const unchecked = await checkEcho(url, []);
  expect(unchecked.ok).toBe(false);
  expect(unchecked.lines[1]).toMatch(/^the signature was not checked/);
});

test('another program, one that is not there and a wrong key are each named', async () => {
  const server = createServer((_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  expect((await checkEcho(url, [])).lines[0]).toMatch(/gave no answer of an echo: answer: expected an object/);
  await new Promise((resolve) => server.close(resolve));
  expect((await checkEcho(url, [])).lines[0]).toMatch(/cannot be asked: .*ECONNREFUSED/);
  expect((await checkEcho('no url', [])).lines[0]).toMatch(/cannot be asked: .*Invalid URL/);
  expect((await checkEcho(url, ['short'])).lines[0]).toBe('--public-key short: expected 43 characters of base64url');
});
