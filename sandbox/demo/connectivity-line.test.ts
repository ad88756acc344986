/** What the demo says about the agents. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import type { AgentVerdict, ConnectivityVerdict, Sent } from '../../contracts/connectivity/watch-connectivity.ts';
import { freePorts, LOOPBACK } from '../ports.ts';
import { connectivityLine } from './connectivity-line.ts';

let server: Server | null = null;

afterEach(() => {
  server?.close();
  server = null;
});

/** Base address of a collector that gives this answer. */
async function collectorThatAnswers(status: number, body: string): Promise<string> {
  const [port = 0] = await freePorts(1);
  server = createServer((_, response) => response.writeHead(status, { connection: 'close' }).end(body));
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return `http://${LOOPBACK}:${port}`;
}

function agent(name: string, facts: Partial<Sent<AgentVerdict>>): Sent<AgentVerdict> {
  return {
    agent: name,
    namespace: 'vigilante',
    node: 'win-1',
    nodeUid: 'uid',
    os: 'windows',
    failure: 'absent',
    suppressedBy: null,
    sinceMs: 0,
    detail: '',
    ...facts,
  };
}

function lineOf(verdict: Partial<Sent<ConnectivityVerdict>>): Promise<string> {
  const counts = { expected: 3, reporting: 3, absent: 0, outdated: 0, suppressed: 0, conflicting: 0 };
  const whole: Sent<ConnectivityVerdict> = { atMs: 0, ok: true, counts, failing: [], suppressed: [], ...verdict };
  return collectorThatAnswers(200, JSON.stringify(whole)).then(connectivityLine);
}

test('all agents report', async () => {
  expect(await lineOf({})).toBe('connectivity: ok, 3 of 3 agents report');
});

test('the first agents that fail are named, the others counted', async () => {
  const names = Array.from({ length: 7 }, (_, index) => `a${index + 1}`);
  const failing = [...names.map((name) => agent(name, {})), agent('b', { failure: 'outdated' })];
  const counts = { expected: 9, reporting: 1, absent: 7, outdated: 1, suppressed: 0, conflicting: 1 };
  expect(await lineOf({ ok: false, counts, failing })).toBe(
    'connectivity: FAILING, 1 of 9 agents report; absent: a1, a2, a3, a4, a5 and 2 more; outdated: b; ' +
      "1 from another node than their pod's",
  );
});

test('suppressed agents are shown with their reasons', async () => {
  const suppressed = [
    agent('a', { suppressedBy: 'node-young' }),
    agent('b', { suppressedBy: 'node-cordoned' }),
    agent('c', { suppressedBy: 'node-young' }),
  ];
  const counts = { expected: 3, reporting: 0, absent: 0, outdated: 0, suppressed: 3, conflicting: 0 };
  expect(await lineOf({ counts, suppressed })).toBe(
    'connectivity: ok, 0 of 3 agents report; 3 suppressed (node-cordoned, node-young)',
  );
});

test('no agents at all are not shown as agents that report', async () => {
  const counts = { expected: 0, reporting: 0, absent: 0, outdated: 0, suppressed: 0, conflicting: 0 };
  expect(await lineOf({ counts })).toBe('connectivity: no agent is expected yet');
});

test('a refusal, an answer that cannot be read and no answer are shown each in its own way', async () => {
  const refused = await collectorThatAnswers(503, '{"error":"the pods\\nwere not listed yet"}');
  expect(await connectivityLine(refused)).toMatch(/^connectivity: no verdict: the collector answers 503: .*not listed/);
  server?.close();
  expect(await connectivityLine(await collectorThatAnswers(200, 'hello'))).toMatch(/^connectivity: no verdict: .*JSON/);
  server?.close();
  const [port] = await freePorts(1);
  expect(await connectivityLine(`http://${LOOPBACK}:${port}`)).toMatch(/^connectivity: no verdict: .*ECONNREFUSED/);
});
