/** What the client of JSON adds to that of the collector, whose test has bodies, time limits and certificates. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

import { createJsonClient } from './json-client.ts';

test('the token is read for each question, the path goes after that of the URL, a redirect is not followed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-token-'));
  const path = join(folder, 'token');
  const asked: string[] = [];
  const server = createServer(({ url, headers }, answer) => {
    asked.push(`${url} ${headers.authorization}`);
    answer.writeHead(302, { location: '/elsewhere' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : null;
  const tokenFile = { path, key: 'maintenance.gates.alerts.tokenFile' };
  const client = createJsonClient({ url: `http://127.0.0.1:${port}/prefix/`, tokenFile, bodyBytesMax: 1_000 });
  const ask = () => client.ask('/api?query=1', AbortSignal.timeout(5_000));
  try {
    await expect(ask()).rejects.toThrow(`maintenance.gates.alerts.tokenFile ${path} cannot be read`);
    await writeFile(path, 'first\n');
    expect(await ask()).toEqual({ status: 302, body: {} });
    await writeFile(path, 'second');
    await ask();
    expect(asked).toEqual(['/prefix/api?query=1 Bearer first', '/prefix/api?query=1 Bearer second']);
  } finally {
    await client.close();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  }
});
