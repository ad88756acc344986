/** Connecting to a real Temporal server, also one that is not there yet, and the search attributes of its namespace. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import proto from '@temporalio/proto';

import { createLog } from '../../../runtime/log.ts';
import { SearchAttributeConflict } from '../../../temporal/search-attributes.ts';
import { connectTo, freeTemporalPorts, startTemporalServer, type TemporalServer } from './temporal-server.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;

let server: TemporalServer;
beforeAll(async () => {
  server = await startTemporalServer();
});
afterAll(() => server.stop());

test('registers the search attributes that are missing, and finds them there the next time', async () => {
  const { namespace } = server.profile;
  for (const tries of [1, 2]) {
    const connection = await connectTo(server.profile, { searchAttributes: true });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    expect({ tries, ...customAttributes }).toMatchObject({ VigilanteCluster: 2, VigilanteNode: 2, VigilanteState: 2 });
    await connection.close();
  }
});

test('a search attribute with another type is refused with its name, its type and the way out', async () => {
  const taken = await startTemporalServer();
  try {
    const connection = await connectTo(taken.profile, { searchAttributes: false });
    const { namespace } = taken.profile;
    const searchAttributes = { VigilanteNode: IndexedValueType.INDEXED_VALUE_TYPE_INT };
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    await connection.close();
    const refused = connectTo(taken.profile, { searchAttributes: true });
    await expect(refused).rejects.toThrow(SearchAttributeConflict);
    await expect(refused).rejects.toThrow(/VigilanteNode is Int.*temporal\.searchAttributes: false/);
    await (await connectTo(taken.profile, { searchAttributes: false })).close();
  } finally {
    await taken.stop();
  }
});

test('H11: waits for a server that is not there yet, and says what it tries and what to check', async () => {
  const ports = await freeTemporalPorts();
  const lines: string[] = [];
  const log = createLog({ level: 'silent', process: 'test', cluster: 'test' });
  log.warn = (...args: unknown[]) => void lines.push(String(args.at(-1)));
  const later = await startLater(ports, lines, log);
  try {
    expect(lines[0]).toContain(`cannot reach Temporal at ${later.server.profile.address}: `);
    expect(lines[0]).toContain('check that it runs, TEMPORAL_ADDRESS');
  } finally {
    await later.close();
  }
});

test('a namespace that does not exist is named as the problem', async () => {
  const lines: string[] = [];
  const log = createLog({ level: 'silent', process: 'test', cluster: 'test' });
  const stop = new Error('seen enough');
  log.warn = (...args: unknown[]) => {
    lines.push(String(args.at(-1)));
    throw stop;
  };
  const profile = { ...server.profile, namespace: 'elsewhere' };
  await expect(connectTo(profile, { searchAttributes: false, log })).rejects.toThrow(stop);
  expect(lines).toEqual([expect.stringMatching(/has no namespace elsewhere; create it/)]);
});

/** Begins to connect, and starts the server only when the first try has failed. */
async function startLater(
  ports: { frontend: number; metrics: number },
  lines: readonly string[],
  log: ReturnType<typeof createLog>,
) {
  const profile = { ...server.profile, address: `127.0.0.1:${ports.frontend}` };
  const connecting = connectTo(
    { ...profile, connection: { ...profile.connection, address: profile.address } },
    { searchAttributes: false, log },
  );
  connecting.catch(() => {});
  while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const started = await startTemporalServer(ports);
  const connection = await connecting;
  return {
    server: started,
    async close() {
      await connection.close();
      await started.stop();
    },
  };
}
