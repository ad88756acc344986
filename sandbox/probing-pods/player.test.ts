/** The player without a cluster: which pods it plays, what arrives, and what it writes. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { ApiClient } from '../api-client.ts';
import { freePorts } from '../ports.ts';
import { waitUntil } from '../wait-until.ts';
import { createPlayer } from './player.ts';
import type { PodFacts } from './probing-pod.ts';

const NODES = new Map([['win-1', '127.128.0.9']]);
const StatusSchema = z.object({
  metadata: z.object({ uid: z.string() }),
  status: z.object({
    phase: z.string(),
    podIP: z.string(),
    hostIP: z.string(),
    containerStatuses: z.array(
      z.object({
        name: z.string(),
        state: z.object({ terminated: z.object({ exitCode: z.number(), message: z.string() }) }),
      }),
    ),
  }),
});

let server: Server;
let url: string;
let written: z.infer<typeof StatusSchema>[] = [];
let problems: string[] = [];
/** Answers of the API server to the next writes; 200 after them. */
let answers: number[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    response.end(JSON.stringify({ sig: 'Axy', source: request.socket.remoteAddress, asked: request.url }));
  });
  const [port = 0] = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  server.close();
});

beforeEach(() => {
  written = [];
  problems = [];
  answers = [];
});

function player() {
  const unexpected = () => Promise.reject(new Error('not expected'));
  const api: ApiClient = {
    call: unexpected,
    lines: () => {
      throw new Error('not expected');
    },
    close: async () => {},
    demand: async (_method, _path, options) => {
      const status = answers.shift() ?? 200;
      if (status === 500) throw new Error('no answer');
      if (status === 200) written.push(StatusSchema.parse(options?.body));
      return { status, body: { message: 'refused' } };
    },
  };
  return createPlayer(api, (problem) => problems.push(problem));
}

function pod(uid: string, more: Partial<PodFacts> = {}): PodFacts {
  return {
    namespace: 'vigilante',
    name: `pod-${uid}`,
    uid,
    node: 'win-1',
    behaviour: 'proving',
    createdMs: 0,
    podIp: null,
    isFresh: true,
    probes: [{ name: 'echo-a', image: 'probe:1', argv: ['curl', `${url}/?nonce=$(POD_UID)`] }],
    ...more,
  };
}

const untilWritten = (count: number) =>
  waitUntil(() => written.length >= count, { what: `${count} statuses`, timeoutMs: 20_000 });

function messageOf(uid: string): unknown {
  const status = written.find(({ metadata }) => metadata.uid === uid)?.status;
  const message = status?.containerStatuses[0]?.state.terminated.message;
  return message === undefined ? null : JSON.parse(message);
}

test('a pod dials from its own address with its uid, and two have different ones', async () => {
  player().see([pod('1'), pod('2')], NODES);
  await untilWritten(2);
  const [one, other] = written.map(({ status }) => status);
  expect(one).toMatchObject({ phase: 'Succeeded', hostIP: '127.128.0.9' });
  expect(one?.podIP).not.toBe(other?.podIP);
  for (const { metadata, status } of written) {
    expect(messageOf(metadata.uid)).toMatchObject({ source: status.podIP, asked: `/?nonce=${metadata.uid}` });
  }
});

test('on a lying node the address of the node arrives', async () => {
  player().see([pod('1', { behaviour: 'lying' })], NODES);
  await untilWritten(1);
  expect(messageOf('1')).toMatchObject({ source: '127.128.0.9' });
});

test('a forged answer has another signature', async () => {
  player().see([pod('1', { behaviour: 'forged' })], NODES);
  await untilWritten(1);
  expect(messageOf('1')).toMatchObject({ sig: 'Bxy', source: written[0]?.status.podIP });
});

test('a mute pod fails as curl does', async () => {
  player().see([pod('1', { behaviour: 'mute' })], NODES);
  await untilWritten(1);
  expect(written[0]?.status).toMatchObject({
    phase: 'Failed',
    containerStatuses: [{ state: { terminated: { exitCode: 28, message: expect.stringMatching(/^curl: \(28\) /) } } }],
  });
});

test('a pod is played once, and not at all where it is none of ours', async () => {
  const { see } = player();
  const others = [
    pod('unbound', { node: null }),
    pod('elsewhere', { node: 'real-1' }),
    pod('pause', { probes: [] }),
    pod('ended', { isFresh: false }),
    pod('failing', { behaviour: 'failing' }),
  ];
  see([pod('1'), ...others], NODES);
  see([pod('1'), ...others], NODES);
  await untilWritten(1);
  see([pod('1'), ...others, pod('2')], NODES);
  await untilWritten(2);
  expect(written.map(({ metadata }) => metadata.uid)).toEqual(['1', '2']);
});

test('a pod whose node is known later is played then', async () => {
  const { see } = player();
  see([pod('1')], new Map());
  see([pod('1')], NODES);
  await untilWritten(1);
});

test('a status that got no answer is written again', async () => {
  answers = [500, 500];
  player().see([pod('1')], NODES);
  await untilWritten(1);
  expect(problems).toEqual(['pod-1: Error: no answer']);
});

test('a status that was refused is reported and not written again', async () => {
  answers = [422];
  const { see } = player();
  see([pod('1')], NODES);
  await waitUntil(() => problems.length > 0, { what: 'the problem', timeoutMs: 20_000 });
  expect(problems[0]).toContain('its status was refused');
  expect(written).toEqual([]);
});
