/** Requests as no honest client writes them, sent as bytes: every server of ours must answer them with less than 500. */

import { connect } from 'node:net';

const TARGETS = [
  '/\\',
  '/\\[',
  '\\',
  'ws://[',
  'ws:/[',
  'http://[',
  'http://]',
  'http://',
  'http://x:99999/metrics',
  'a',
  '*',
  '?',
  '#',
  '//',
  '///',
  '//[',
  '/..',
  '/../..',
  '/%',
  '/%zz',
  '/%ff',
  '/%00',
  '/%2e%2e/',
  '/;',
  '/:',
  '/::',
  '/[',
  '/{',
  '/|',
  '/^',
  '/api/v1//agents/\\',
  '/api/v1/agents/%zz',
  '/api/v1/agents/%ff',
  '/api/v1/agents/:',
  '/api/v1/agents/a\\',
  '/API/[/ping',
  '/api/v1/agents/a?%',
  '/metrics?%zz',
  '/metrics/',
  '/metrics/\\',
  '/api/v2/agents?limit=%zz',
  '/api/v2/agents?limit[a]=1',
  '/api/v2/agents?__proto__[x]=1',
  '/api/v2/agents?limit=1&limit=2',
  '/api/v2/agents/%ff/%ff',
  '/api/v2/nodes/%zz',
  '/__proto__',
  'http://x/api/v1/ping',
  'HTTP://X/metrics',
  'http://user:word@x/metrics',
  'file:///etc/passwd',
  'x:80',
  '/	',
  '/a b',
  '/\0',
  '/ä',
  `/${'a'.repeat(2e4)}`,
  '/a'.repeat(5e3),
  `/api/v1/agents/${'x'.repeat(5e3)}`,
  `/${'%41'.repeat(4e3)}`,
] as const;
const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'PROPFIND', 'M-SEARCH'] as const;

const POST_A = 'POST /api/v1/agents/a HTTP/1.1\r\nHost: x\r\n';
const GET_METRICS = 'GET /metrics HTTP/1.1\r\nHost: x\r\n';

/** By what is wrong with each; all end their connection, or leave the server to end it. */
export const ODD_REQUESTS: ReadonlyMap<string, string> = new Map([
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a tunnel', 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['an upgrade to WebSocket', `${GET_METRICS}Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`],
  [
    'an upgrade to HTTP/2',
    `${GET_METRICS}Connection: Upgrade, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
  ],
  ['an expectation that is none', `${POST_A}Expect: nonsense\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`],
  ['100-continue', `${POST_A}Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`],
  ['chunks that are none', `${POST_A}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`],
  [
    'a chunk larger than a number',
    `${POST_A}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n`,
  ],
  [
    'chunks with a trailer',
    `${POST_A}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\n\r\n`,
  ],
  ['another transfer encoding', `${POST_A}Connection: close\r\nTransfer-Encoding: gzip\r\n\r\n`],
  ['a compressed body', `${POST_A}Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}`],
  ['a length that is no number', `${POST_A}Connection: close\r\nContent-Length: 99999999999999999999\r\n\r\n{}`],
  ['no host', 'GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['an unknown version', 'GET /metrics HTTP/3.0\r\nHost: x\r\n\r\n'],
  ['a header with a space in its name', `${GET_METRICS}A B: c\r\n\r\n`],
  ['a header with a null character', `${GET_METRICS}A: \0\r\n\r\n`],
  ['a header of 64 kB', `${GET_METRICS}A: ${'a'.repeat(65_536)}\r\n\r\n`],
  ['3,000 headers', `${GET_METRICS}${'a: b\r\n'.repeat(3_000)}\r\n`],
  ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
  ['a method in lower case', 'get /metrics HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a body on a GET', `${GET_METRICS}Connection: close\r\nContent-Length: 5\r\n\r\nabcde`],
  ['a version that is wanted', `${GET_METRICS}Connection: close\r\nAccept-Version: >=\r\n\r\n`],
]);

export function oddTargets(): readonly { readonly method: string; readonly target: string; readonly bytes: string }[] {
  return METHODS.flatMap((method) =>
    TARGETS.map((target) => {
      const body = method === 'POST' || method === 'PUT' ? 'Content-Length: 2\r\n\r\n{}' : '\r\n';
      return { method, target, bytes: `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${body}` };
    }),
  );
}

/** The final status of the answer (100 is not one); 0 where the connection was closed without an answer. */
export function statusOfBytes(url: string, bytes: string): Promise<number> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port: Number(port), host: hostname });
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
      resolve(statuses.find((status) => status >= 200) ?? 0);
    });
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}
