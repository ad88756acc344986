/** Bytes as no honest client sends them, for the echo. */

import * as fc from 'fast-check';
import { ODD_REQUESTS, oddTargets } from '../collector/malformed-requests.ts';

const oneLine = (text: string) => text.replaceAll(/[\r\n]/g, '');

const target = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/v1/source',
        '/v1/wait',
        '?nonce=',
        '?ms=',
        '&',
        'a',
        '0',
        '-1',
        '5000',
        '%',
        '%0a',
        '%ff',
        '/',
        '\\',
      ),
      fc.string({ maxLength: 70 }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => oneLine(parts.join('')));

const header = fc
  .tuple(
    fc.constantFrom(
      'X-Forwarded-For',
      'Forwarded',
      'Expect',
      'Content-Length',
      'Transfer-Encoding',
      'Upgrade',
      'Cookie',
    ),
    fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('chunked', '0', '99999999', '-1', 'a'.repeat(5_000))),
  )
  .map(([name, text]) => `${name}: ${oneLine(text)}\r\n`);

const request = fc
  .tuple(
    fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'TRACE', 'get', ''),
    target,
    fc.array(header, { maxLength: 4 }),
  )
  .map(
    ([method, path, headers]) =>
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers.join('')}\r\n`,
  );

/** As latin1. */
export const fuzzedBytes: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: request },
  { weight: 3, arbitrary: fc.array(request, { minLength: 2, maxLength: 5 }).map((many) => many.join('')) },
  {
    weight: 3,
    arbitrary: fc
      .uint8Array({ minLength: 1, maxLength: 200 })
      .map((bytes) => `${Buffer.from(bytes).toString('latin1')}\r\n\r\n`),
  },
  { weight: 1, arbitrary: fc.constantFrom(...oddTargets().map(({ bytes }) => bytes)) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_REQUESTS.values()) },
);
