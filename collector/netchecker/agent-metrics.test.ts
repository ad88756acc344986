/** The page of the agents' metrics: its bounds, and which report counts. */

import { expect, test } from '@jest/globals';
import { type KnownAgent, knownAgent } from '../reports/known-agent.ts';
import { agentMetrics, type LeftOut, PAGE_LIMITS } from './agent-metrics.ts';

const probe = (URL: string, Total = 1) => ({
  URL,
  ConnectionResult: 1,
  HTTPCode: 200,
  Total,
  ContentTransfer: 0,
  TCPConnection: 0,
  DNSLookup: 0,
  Connect: 0,
  ServerProcessing: 0,
});

function agent(
  name: string,
  options: { node?: string; urls: readonly string[]; atMs?: number; total?: number },
): KnownAgent {
  const { node = name, urls, atMs = 1, total = 1 } = options;
  const report = {
    report_interval: 60,
    nodename: node,
    podname: name,
    hostdate: '',
    uptime: 1,
    nslookup: null,
    ips: null,
    network_probes: urls.map((url) => probe(url, total)),
  };
  return knownAgent({ name, report, lastUpdatedMs: atMs, reportCount: 7, missCount: 2 }, atMs);
}

async function pageOf(agents: readonly KnownAgent[], limits = PAGE_LIMITS) {
  const leftOut: LeftOut[] = [];
  const source = {
    agents: () => agents.values(),
    counts: () => new Map(agents.map(({ series, reportCount, missCount }) => [series, { reportCount, missCount }])),
  };
  const pieces = await piecesOf(agentMetrics(source, (found) => leftOut.push(found), limits));
  return { pieces, text: pieces.join(''), leftOut: leftOut.at(-1) };
}

test('series are sorted, and where two agents have the same one the newer report counts', async () => {
  const agents = [
    agent('b', { urls: ['http://y', 'http://x'] }),
    agent('a-new', { node: 'a', urls: ['http://x'], atMs: 9, total: 9 }),
    agent('a-old', { node: 'a', urls: ['http://x', 'http://z'], atMs: 5, total: 5 }),
  ];
  const { text } = await pageOf(agents);
  expect(text.split('\n').filter((line) => line.startsWith('ncagent_http_probe_total_time_ms'))).toEqual([
    'ncagent_http_probe_total_time_ms{agent="a-private_network",url="http://x"} 9',
    'ncagent_http_probe_total_time_ms{agent="a-private_network",url="http://z"} 5',
    'ncagent_http_probe_total_time_ms{agent="b-private_network",url="http://x"} 1',
    'ncagent_http_probe_total_time_ms{agent="b-private_network",url="http://y"} 1',
  ]);
});

test('a URL longer than the label may be is left out and counted', async () => {
  const fits = `http://${'x'.repeat(PAGE_LIMITS.urlLengthMax - 7)}`;
  const { text, leftOut } = await pageOf([agent('a', { urls: [fits, `${fits}x`] })]);
  expect(text).toContain(`url="${fits}"`);
  expect(text).not.toContain(`url="${fits}x"`);
  expect(leftOut).toEqual({ longUrl: 1, crowded: 0 });
});

test.each([
  { what: 'samples', limits: { samplesMax: 3_000 }, crowded: 2_000 },
  { what: 'characters', limits: { charactersMax: 100_000 }, crowded: 3_660 },
])('probes above the $what of a page are left out and counted, and no piece is large', async ({ limits, crowded }) => {
  const urls = Array.from({ length: 1_000 }, (_, index) => `http://${index + 1_000}`);
  const agents = Array.from({ length: 5 }, (_, index) => agent(`a-${index}`, { urls }));
  const { pieces, text, leftOut } = await pageOf(agents, { ...PAGE_LIMITS, ...limits });
  expect(leftOut?.longUrl).toBe(0);
  expect(leftOut?.crowded).toBeGreaterThanOrEqual(crowded);
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(65_536);
  const count = (start: string) => text.split('\n').filter((line) => line.startsWith(start)).length;
  // The family with the longest lines comes last.
  expect(count('ncagent_http_probe_total_time_ms{')).toBe(5_000 - (leftOut?.crowded ?? 0));
  expect(count('ncagent_report_count_total{')).toBe(agents.length);
});

async function piecesOf(page: AsyncIterable<string>): Promise<readonly string[]> {
  const pieces: string[] = [];
  for await (const piece of page) pieces.push(piece);
  return pieces;
}
