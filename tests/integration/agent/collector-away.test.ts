/** A collector that is away, busy, or does not like the report. */

import { afterEach, expect, test } from '@jest/globals';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { type AgentProcess, startAgent, WAIT_MS } from './agent-process.ts';
import { startCollector, type TestCollector } from './test-collector.ts';

let collector: TestCollector | null = null;
let agent: AgentProcess | null = null;
afterEach(async () => {
  await agent?.stop('SIGKILL');
  agent = null;
  await collector?.stop();
  collector = null;
});

test('a collector that comes back is sent the newest report, none of the old ones, and the probing went on meanwhile', async () => {
  const target = await startCollector();
  try {
    collector = await startCollector();
    const { port, address } = collector;
    agent = startAgent({
      args: [`-serverendpoint=${address}`, '-reportinterval=1', `-probeurls=http://${target.address}/probed`],
    });
    await collector.reported(2);
    await collector.stop();
    await agent.logged(/^report not taken: connect ECONNREFUSED .*; next attempt in \d+\.\d s$/);
    const probedBefore = target.requests.length;
    await waitUntil(() => target.requests.length >= probedBefore + 4, { what: 'probes', timeoutMs: WAIT_MS });
    const awayUntilMs = Date.now();
    collector = await startCollector({ port });
    const { report } = await collector.reported(1);
    expect(Date.parse(report.hostdate)).toBeGreaterThanOrEqual(awayUntilMs);
    await collector.reported(3);
    const dates = collector.reports.map((one) => Date.parse(one.report.hostdate));
    expect(dates.every((date) => date >= awayUntilMs)).toBe(true);
    expect(new Set(dates).size).toBe(dates.length);
    expect(agent.log().filter(({ msg }) => msg === 'the collector takes the reports')).toHaveLength(2);
  } finally {
    await target.stop();
  }
});

test.each([429, 503])('Retry-After of a %i is waited for; then one report comes, the newest', async (code) => {
  collector = await startCollector({
    onReport(answer, count) {
      if (count === 1) answer.writeHead(code, { 'Retry-After': '4' }).end('{"error":"too much to do"}');
      else answer.end();
    },
  });
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`, '-reportinterval=1'] });
  const refused = await collector.reported(1);
  const taken = await collector.reported(2);
  expect(taken.atMs - refused.atMs).toBeGreaterThanOrEqual(3_990);
  expect(Date.parse(taken.report.hostdate) - refused.atMs).toBeGreaterThanOrEqual(3_900);
  const { msg } = await agent.logged(/^report not taken/);
  expect(msg).toMatch(
    new RegExp(
      `^report not taken: the collector answered ${code}: \\{"error":"too much to do"\\}; next attempt in [45]\\.\\d s$`,
    ),
  );
});

test('a 503 without Retry-After is tried again soon, with growing pauses up to the interval', async () => {
  collector = await startCollector({ onReport: (answer) => void answer.writeHead(503).end() });
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`, '-reportinterval=3'] });
  await collector.reported(5);
  const lines = await waitUntil(
    () => {
      const found = agent?.log().filter(({ msg }) => msg.startsWith('report not taken')) ?? [];
      return found.length >= 5 ? found : null;
    },
    { what: 'five failures', timeoutMs: WAIT_MS },
  );
  const pauses = lines.slice(0, 5).map(({ msg }) => Number(/in ([\d.]+) s/.exec(msg)?.[1]));
  for (const [index, mostS] of [1, 2, 3, 3, 3].entries()) {
    expect(pauses[index]).toBeLessThanOrEqual(mostS);
    expect(pauses[index]).toBeGreaterThanOrEqual(mostS / 2);
  }
});

test('a refused report is logged with the collector’s message, and the next one comes at the interval', async () => {
  collector = await startCollector({
    onReport(answer, count) {
      if (count <= 3) answer.writeHead(400).end('{\n "error": "podname is another"\n}');
      else answer.end();
    },
  });
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`, '-reportinterval=1'] });
  await collector.reported(4);
  const { msg } = await agent.logged(/^report not taken/);
  expect(msg).toBe(
    'report not taken: the collector answered 400: { "error": "podname is another" }; next report at the interval',
  );
  const [first, , , fourth] = collector.reports;
  // Three intervals, of which the first may be shorter by the delay of the first report.
  expect((fourth?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(2_000);
});

test('a redirect is not followed, neither with the token nor without', async () => {
  const other = await startCollector();
  try {
    collector = await startCollector({
      onReport: (answer) => void answer.writeHead(307, { Location: `http://${other.address}/elsewhere` }).end(),
    });
    agent = startAgent({ args: [`-serverendpoint=${collector.address}`, '-reportinterval=1'] });
    await collector.reported(3);
    const { msg } = await agent.logged(/^report not taken/);
    expect(msg).toContain(`the collector answered 307: see http://${other.address}/elsewhere`);
    expect(other.reports).toEqual([]);
  } finally {
    await other.stop();
  }
});

test('a collector that takes the connection and never answers is given up below the interval', async () => {
  collector = await startCollector({
    onReport(answer, count) {
      if (count > 1) answer.end();
    },
  });
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`, '-reportinterval=2'] });
  await agent.logged(/^report not taken: the time was up after 1\.0 s; next attempt/);
  await collector.reported(2);
  await agent.logged(/^the collector takes the reports$/);
});
