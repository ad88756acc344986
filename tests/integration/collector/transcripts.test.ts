/** The recordings of the original server, replayed against the collector with each store. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { waitUntil } from '../../../sandbox/wait-until.ts';
import { startApiServer, type TestApiServer } from '../kubernetes/api-server.ts';
import { type ApiServerPods, createAgentPods } from './agent-pods.ts';
import { type CollectorWorld, type StoreKind, startCollectorWorld } from './collector-world.ts';
import { DEVIATIONS, type Deviation, expectedAnswer } from './deviations.ts';
import { readExchanges, readTranscript, sendBytes, type TranscriptStep } from './transcript.ts';

let apiServer: TestApiServer;
let pods: ApiServerPods;

beforeAll(async () => {
  apiServer = await startApiServer();
  pods = await createAgentPods(apiServer.admin, { namespace: 'peers', node: 'peer-lin-0001' });
});

afterAll(async () => {
  await apiServer?.stop();
});

/** a2 reports every two seconds and was silent for six. */
const SILENT_SECTION = 7;
const SILENCE_MS = 6_000;
const METRICS_PATH = '/metrics';

const recordingOf = (name: string) => new URL(`../../recordings/netchecker/${name}.txt`, import.meta.url);

test.each<[string, StoreKind, readonly Deviation[]]>([
  ['server-etcd', 'etcd', DEVIATIONS.slice(0, 6)],
  ['server-crd', 'custom-resources', DEVIATIONS.filter((one) => !/two intervals|no field/.test(one))],
  ['server-etcd', 'embedded', DEVIATIONS.slice(0, 6)],
  ['server-crd', 'embedded', DEVIATIONS.filter((one) => !/two intervals|no field/.test(one))],
])(
  'the recording %s is answered alike from the store %s, but for the closed list of deviations',
  async (name, store, allowed) => {
    const world = await startCollectorWorld({ apiServer, store });
    try {
      const used = await replay(world, readTranscript(recordingOf(name)));
      expect([...used].toSorted()).toEqual([...allowed].toSorted());
    } finally {
      await pods.removeAll();
      await world.stop();
    }
  },
);

test.each<[StoreKind, string]>([
  ['etcd', 'null'],
  ['custom-resources', '[]'],
  ['embedded', '[]'],
])(
  'with absent agents only, the list of outdated ones is as the original has it with the store %s: %s',
  async (store, list) => {
    const world = await startCollectorWorld({ apiServer, store });
    try {
      await pods.add('netchecker-agent-a9');
      await waitUntil(async () => [...world.collector.cluster.pods()].length === 1, {
        what: 'the pod',
        timeoutMs: 120_000,
      });
      const { text } = await world.call('GET', '/api/v1/connectivity_check');
      expect(text).toContain(`"Absent":["netchecker-agent-a9"],"Outdated":${list}}`);
    } finally {
      await pods.removeAll();
      await world.stop();
    }
  },
);

test('what the original agent sends, byte for byte, is answered with the same head and no body', async () => {
  const world = await startCollectorWorld({ apiServer, store: 'embedded' });
  try {
    const exchanges = readExchanges(recordingOf('agent'));
    expect(exchanges.map(({ request }) => request.split(' ')[0])).toEqual(['GET', 'POST', 'GET', 'POST', 'GET']);
    for (const { request, answer } of exchanges) {
      expect(headOf(await sendBytes(world.url, request))).toEqual(headOf(answer));
    }
    const { text } = await world.call('GET', '/api/v1/agents/netchecker-agent-a1');
    expect(JSON.parse(text)).toMatchObject({ nodename: 'peer-lin-0001', uptime: 2_565 });
  } finally {
    await world.stop();
  }
});

/** The lines of a head that has no body, by name; only the time of the answer differs. */
function headOf(answer: string): readonly string[] {
  expect(answer).toMatch(/\r?\n\r?\n$/);
  const [status = '', ...headers] = answer.trim().split(/\r?\n/);
  return [status, ...headers.map((line) => line.toLowerCase().replace(/^date: .*/, 'date')).toSorted()];
}

async function replay(world: CollectorWorld, steps: readonly TranscriptStep[]): Promise<ReadonlySet<Deviation>> {
  const sent = new Map<string, Readonly<Record<string, unknown>>>();
  const used = new Set<Deviation>();
  let isSilent = false;
  for (const step of steps) {
    if (step.section === SILENT_SECTION && !isSilent) {
      isSilent = true;
      world.advance(SILENCE_MS);
    }
    if (step.kind === 'command') {
      await perform(step.command, world);
      continue;
    }
    const { method, path, body, section } = step;
    if (path === METRICS_PATH) {
      await compareMetrics(world, step.answer.body);
      continue;
    }
    const expected = expectedAnswer(step, {
      sent,
      pods: pods.names(),
      outdated: isSilent ? ['netchecker-agent-a2'] : [],
    });
    const headers = { 'content-type': 'application/json' };
    const answer = await world.call(method, path, { headers, ...(body === null ? {} : { body }) });
    if (answer.status === 200 && method === 'POST' && body !== null) {
      sent.set(path.slice('/api/v1/agents/'.length), JSON.parse(body) as Record<string, unknown>);
    }
    const place = `section ${section}: ${method} ${path} ${body ?? ''}`;
    expect({ place, status: answer.status, contentType: answer.headers['content-type'] }).toEqual({
      place,
      status: expected.status,
      contentType: expected.contentType,
    });
    if (expected.body === null) expect(JSON.parse(answer.text)).toEqual({ error: expect.any(String) });
    else expect({ place, body: withoutTimes(answer.text) }).toEqual({ place, body: withoutTimes(expected.body) });
    expected.deviations.forEach((deviation) => used.add(deviation));
  }
  return used;
}

/** What was done to the cluster while the original was recorded. */
async function perform(command: string, world: CollectorWorld): Promise<void> {
  if (command.startsWith('kubectl apply')) {
    await pods.add('netchecker-agent-a1');
    await pods.add('netchecker-agent-a2');
    await pods.add('netchecker-agent-hostnet-b1', { labels: { app: 'netchecker-agent-hostnet' } });
  } else if (command.startsWith('kubectl run netchecker-agent-a9')) {
    await pods.add('netchecker-agent-a9');
  } else if (command.startsWith('kubectl delete pod')) {
    await pods.remove('netchecker-agent-a9');
  } else if (!command.startsWith('kubectl get pods')) {
    throw new Error(`the recording does what the replay does not know: ${command}`);
  }
  const known = async () => [...world.collector.cluster.pods()].map(({ name }) => name).toSorted();
  const wanted = [...pods.names()].toSorted();
  await waitUntil(async () => JSON.stringify(await known()) === JSON.stringify(wanted), {
    what: `the collector to know ${wanted.join(', ')}`,
    timeoutMs: 120_000,
  });
}

const withoutTimes = (text: string) => text.replace(/"last_updated":"[^"]*"/g, '"last_updated":"…"');

/**
 * Families, help, types and samples alike. The original counts malformed reports, under the empty node and others, and
 * counts at most one missed report every five seconds.
 */
async function compareMetrics(world: CollectorWorld, recorded: string): Promise<void> {
  const { text, headers } = await world.call('GET', METRICS_PATH);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const linesOf = (page: string) =>
    page
      .split('\n')
      .filter((line) => /^(# \w+ )?ncagent_/.test(line))
      .filter((line) => !/agent="(n)?-private_network"/.test(line))
      .filter((line) => !line.startsWith('ncagent_error_count_total{agent="node-2-private_network"}'));
  expect(linesOf(text)).toEqual(linesOf(recorded));
}
