/** The echo over real sockets: which address it answers, and what it refuses (E48, E49). */

import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { readEchoAnswer } from '../contracts/healing/echo-answer.ts';
import { addressRange } from '../domain/node/address.ts';
import { createEchoServer, type EchoServer, type EchoServerOptions } from './server.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const publicKey = createPublicKey(privateKey);
const isSigned = (text: string, signature: string) =>
  verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url'));
const voice = {
  name: 'onprem-1',
  sign: (text: string) => sign(null, Buffer.from(text), privateKey).toString('base64url'),
};

let echo: EchoServer | null = null;
let statuses: number[] = [];
afterEach(async () => {
  await echo?.close();
  echo = null;
  statuses = [];
});

async function start(options: Partial<EchoServerOptions> = {}, host = '127.0.0.1'): Promise<number> {
  const started = createEchoServer({
    voice,
    isTrustedProxy: null,
    tls: null,
    connectionsMax: 100,
    take: () => 0,
    onAnswer: (status) => void statuses.push(status),
    ...options,
  });
  echo = started;
  await new Promise<void>((resolve) => started.server.listen({ host, port: 0 }, resolve));
  return (started.server.address() as AddressInfo).port;
}

interface Reply {
  readonly text: string;
  readonly status: number | null;
  readonly body: string;
}

/** Sends the bytes over a connection from the local address and reads until it is closed. */
async function send(port: number, bytes: string | Buffer, localAddress = '127.0.0.1'): Promise<Reply> {
  const socket: Socket = connect({ host: '127.0.0.1', port, localAddress });
  socket.write(bytes);
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  await new Promise<void>((resolve) => {
    socket.on('error', () => undefined).once('close', () => resolve());
  });
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
  return { text, status: status === undefined ? null : Number(status), body: text.split('\r\n\r\n')[1] ?? '' };
}

const get = (target: string, headers = '') => `GET ${target} HTTP/1.1\r\nHost: echo\r\n${headers}\r\n`;
const SOURCE = get('/v1/source?nonce=uid-1');

function sourceIn({ body }: Reply): string {
  const reading = readEchoAnswer(body, { nonce: 'uid-1', echo: 'onprem-1', isSigned });
  return reading.kind === 'answer' ? reading.answer.source : reading.problem;
}

test.each(['127.0.0.1', '127.9.8.7'])(
  'E48: the answer is signed and names the address %s of the connection',
  async (from) => {
    const reply = await send(await start(), SOURCE, from);
    expect(sourceIn(reply)).toBe(from);
    expect(reply.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(reply.text.toLowerCase()).toContain('\r\ncache-control: no-store\r\n');
    expect(reply.text.toLowerCase()).toContain('\r\nconnection: close\r\n');
    expect(Buffer.byteLength(reply.body)).toBeLessThan(300);
  },
);

test('E48: a listener of both families answers an IPv4 connection with its IPv4 address', async () => {
  expect(sourceIn(await send(await start({}, '::'), SOURCE, '127.0.0.5'))).toBe('127.0.0.5');
});

test.each(['X-Forwarded-For: 10.9.9.9', 'Forwarded: for=10.9.9.9', 'X-Real-IP: 10.9.9.9'])(
  'E48: the header %s changes nothing',
  async (header) => {
    const reply = await send(await start(), get('/v1/source?nonce=uid-1', `${header}\r\n`));
    expect(sourceIn(reply)).toBe('127.0.0.1');
  },
);

/** A header of the PROXY protocol v2 for a TCP connection over IPv4. */
function proxied(source: string, port: number): Buffer {
  const head = Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex');
  const addresses = Buffer.alloc(12);
  for (const [index, byte] of source.split('.').entries()) addresses.writeUInt8(Number(byte), index);
  addresses.writeUInt16BE(port, 8);
  return Buffer.concat([head, addresses]);
}

const trusting = (range: string) => ({ isTrustedProxy: addressRange(range) });

test('E48: behind a trusted proxy the address is the one of its header', async () => {
  const port = await start(trusting('127.0.0.0/8'));
  const reply = await send(port, Buffer.concat([proxied('10.240.0.31', 49_712), Buffer.from(SOURCE)]));
  expect(sourceIn(reply)).toBe('10.240.0.31');
  expect(reply.body).toContain('"port":49712');
});

test('E48: a header that arrives in pieces is put together', async () => {
  const port = await start(trusting('127.0.0.0/8'));
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  for (const byte of Buffer.concat([proxied('10.240.0.31', 1), Buffer.from(SOURCE)])) {
    await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
  }
  await new Promise((resolve) => socket.once('close', resolve));
  expect(sourceIn({ text, status: 200, body: text.split('\r\n\r\n')[1] ?? '' })).toBe('10.240.0.31');
});

test('E48: a proxy that speaks for itself is answered with its own address', async () => {
  const port = await start(trusting('127.0.0.0/8'));
  const local = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');
  expect(sourceIn(await send(port, Buffer.concat([local, Buffer.from(SOURCE)])))).toBe('127.0.0.1');
});

test.each<[string, Partial<EchoServerOptions>, Buffer]>([
  [
    'a peer that is not trusted',
    trusting('10.0.0.0/8'),
    Buffer.concat([proxied('10.240.0.31', 1), Buffer.from(SOURCE)]),
  ],
  ['a trusted proxy without a header', trusting('127.0.0.0/8'), Buffer.from(SOURCE)],
])('E48: %s is closed without an answer', async (_what, options, bytes) => {
  expect((await send(await start(options), bytes)).text).toBe('');
});

test('E48: without the option a header of the PROXY protocol is refused', async () => {
  const reply = await send(await start(), Buffer.concat([proxied('10.240.0.31', 1), Buffer.from(SOURCE)]));
  expect(reply.status).toBe(400);
});

test.each<[string, number]>([
  [get('/v1/source'), 400],
  [get('/v1/source?nonce='), 400],
  [get(`/v1/source?nonce=${'a'.repeat(64)}`), 200],
  [get(`/v1/source?nonce=${'a'.repeat(65)}`), 400],
  [get('/v1/source?nonce=a&nonce=b'), 400],
  [get('/v1/source?nonce=a&more=b'), 400],
  [get('/v1/source?nonce=a%0ab'), 400],
  [get('/v1/wait?ms=0'), 204],
  [get('/v1/wait?ms=5001'), 400],
  [get('/v1/wait?ms=-1'), 400],
  [get('/v1/wait'), 400],
  [get('/'), 404],
  [get('/v1/source/?nonce=a'), 404],
  [get('http://echo/v1/source?nonce=a'), 404],
  ['POST /v1/source?nonce=a HTTP/1.1\r\nHost: echo\r\nContent-Length: 0\r\n\r\n', 405],
  ['HEAD /v1/source?nonce=a HTTP/1.1\r\nHost: echo\r\n\r\n', 405],
  ['CONNECT echo:80 HTTP/1.1\r\nHost: echo\r\n\r\n', 405],
  [get('/v1/source?nonce=a', 'Expect: a-miracle\r\n'), 417],
  [get('/v1/source?nonce=a', `X: ${'x'.repeat(5_000)}\r\n`), 431],
  ['GET\r\n\r\n', 400],
  ['\u0000\u0001\u0002\r\n\r\n', 400],
])('E49: %j is answered %i', async (bytes, status) => {
  expect((await send(await start(), bytes)).status).toBe(status);
  expect(statuses).toEqual([status]);
});

test('E49: of pipelined requests the first is answered, then the connection is closed', async () => {
  const reply = await send(await start(), SOURCE.repeat(3));
  expect(reply.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
});

test('E49: an address that asks too often is answered 429', async () => {
  const take = (address: string) => (address === '127.0.0.2' ? 0.5 : 0);
  const port = await start({ take });
  expect((await send(port, SOURCE, '127.0.0.2')).status).toBe(429);
  expect((await send(port, SOURCE, '127.0.0.3')).status).toBe(200);
});

test('E49: more connections than allowed are closed at once, and places are free again afterwards', async () => {
  const port = await start({ connectionsMax: 2 });
  const idle = [1, 2].map(() => connect({ host: '127.0.0.1', port }));
  await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  expect((await send(port, SOURCE)).text).toBe('');
  await Promise.all(
    idle.map(async (socket) => {
      socket.destroy();
      await new Promise((resolve) => socket.once('close', resolve));
    }),
  );
  expect((await answeredAtLast(port)).status).toBe(200);
});

/** The server may see the end of a connection later than its client. */
async function answeredAtLast(port: number): Promise<Reply> {
  for (let tries = 1; ; tries += 1) {
    const reply = await send(port, SOURCE);
    if (reply.status !== null || tries === 1_000) return reply;
  }
}

test('E49: a request that never ends is given up', async () => {
  const port = await start();
  const socket = connect({ host: '127.0.0.1', port });
  socket.write('GET /v1/source?nonce=uid-1 HTTP/1.1\r\nHost: ');
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  await new Promise((resolve) => socket.once('close', resolve));
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
});
