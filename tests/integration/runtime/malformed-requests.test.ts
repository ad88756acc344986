/** The pages of worker and starter, asked by what is no proper HTTP. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { loadConfig } from '../../../config/load.ts';
import { type HttpServer, startHttpServer } from '../../../runtime/http-server.ts';
import { createLog } from '../../../runtime/log.ts';
import { ODD_REQUESTS, oddTargets, statusOfBytes } from '../collector/malformed-requests.ts';

let server: HttpServer;

beforeAll(async () => {
  const pages = {
    metrics: async () => ({ contentType: 'text/plain', text: 'a 1\n' }),
    readiness: () => ({ ready: true, checks: {} }),
  };
  const env = { VIGILANTE_HTTP_HOST: '127.0.0.1', VIGILANTE_HTTP_PORT: '0' };
  const log = createLog({ level: 'silent', process: 'test', cluster: 'test' });
  server = await startHttpServer(loadConfig({ path: undefined, env }), pages, log);
});

afterAll(() => server?.close());

test('a request target of any shape is answered with less than 500', async () => {
  const answers = oddTargets().map(async ({ method, target, bytes }) => {
    const status = await statusOfBytes(server.url, bytes);
    return status >= 200 && status < 500 ? [] : [`${method} ${target.slice(0, 40)}: ${status}`];
  });
  expect((await Promise.all(answers)).flat()).toEqual([]);
});

test.each([...ODD_REQUESTS.keys()])('%s is answered with less than 500', async (what) => {
  const status = await statusOfBytes(server.url, ODD_REQUESTS.get(what) ?? '');
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
});

test('the address of a proxy request is understood', async () => {
  const bytes = 'GET http://worker:8000/metrics HTTP/1.1\r\nHost: worker\r\nConnection: close\r\n\r\n';
  expect(await statusOfBytes(server.url, bytes)).toBe(200);
});
