/** The command line of a healing pod, run by a real curl against the real echo: what lies in the pod afterwards (E2 to E4). */

import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { endpointAnswer } from '../../../kubernetes/healing/echo-answers.ts';
import { type PodQuestion, probingContainers } from '../../../kubernetes/healing/probing-pod.ts';
import { askedPod, POD_UID, terminated } from '../../fixtures/echo.ts';
import { type EchoProcess, type EchoProcesses, echoProcesses, runVigilante } from './echo-process.ts';

const SETTLE_MS = 1_000;
const NETWORK = { addresses: [], podCidrs: [], windowsBuild: undefined };

let processes: EchoProcesses;
let echo: EchoProcess;
let publicKey: string;
let file: string;
beforeAll(async () => {
  processes = await echoProcesses();
  echo = await processes.start();
  publicKey = (await runVigilante(['echo', 'key', 'public', echo.keyFile])).out.trim();
  file = join(processes.folder, 'termination-log');
});
beforeEach(() => rm(file, { force: true }));
afterAll(() => processes?.stop());

interface Container {
  readonly exitCode: number;
  /** What the kubelet takes: the file, or the log where that is empty and the container failed. */
  readonly message: string;
  readonly startedMs: number;
}

/** Runs the container of a pod as a kubelet would, and gives its end. */
async function run(
  url: string,
  { answer = 'file', form = 'vigilante' }: { answer?: 'file' | 'log'; form?: string } = {},
): Promise<Container> {
  const question: PodQuestion = {
    endpoints: [{ name: 'onprem-1', url, answer: form }],
    answer,
    settleMs: SETTLE_MS,
    command: [],
    image: '',
    windows: false,
    patienceMs: 60_000,
  };
  const [, ...args] = (probingContainers(question)[0]?.command ?? []).map((part) =>
    part.replace('$(POD_UID)', POD_UID).replace('/dev/termination-log', file),
  );
  const startedMs = Date.now();
  const curl = spawn('curl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [curl.stdout, curl.stderr]) stream.on('data', (part: Buffer) => (log += part.toString()));
  const exitCode = await new Promise<number>((resolve) => curl.once('close', (code) => resolve(code ?? -1)));
  const written = await readFile(file, 'utf8').catch(() => '');
  return { exitCode, message: written === '' && exitCode !== 0 ? log : written, startedMs };
}

function read({ message, exitCode }: Container, answer: 'file' | 'log', url = echo.url) {
  const endpoint = { name: 'onprem-1', url, publicKeys: [publicKey], answer: 'vigilante' };
  return endpointAnswer(askedPod({ 'onprem-1': terminated(message, exitCode) }), endpoint, {
    answer,
    network: NETWORK,
    nodeAt: () => undefined,
  });
}

test.each(['file', 'log'] as const)(
  'E2, E4: by %s the answer is believed, and its connection was begun when the rules had settled',
  async (answer) => {
    const ended = await run(echo.url, { answer });
    expect(read(ended, answer)).toEqual({ kind: 'answer', endpoint: 'onprem-1', source: '127.0.0.1' });
    expect(ended.exitCode === 0).toBe(answer === 'file');
    const { at } = JSON.parse(ended.message.split('\n').find((line) => line.startsWith('{')) ?? '') as { at: string };
    expect(Date.parse(at) - ended.startedMs).toBeGreaterThanOrEqual(SETTLE_MS);
  },
);

test('E2: where the connection before is cut off, the address is not asked for, and nothing is proved', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url?.split('?')[0] ?? '');
    if (request.url?.startsWith('/v1/wait')) request.socket.resetAndDestroy();
    else response.end('127.0.0.1');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const ended = await run(`http://127.0.0.1:${port}/v1/source`);
    expect(read(ended, 'file')).toMatchObject({ kind: 'none', isUnreached: false });
    expect(asked).toEqual(['/v1/wait']);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test.each(['file', 'log'] as const)(
  'E13: by %s a pod that nobody answered says that it reached nobody',
  async (answer) => {
    const url = 'http://127.0.0.1:1/v1/source';
    expect(read(await run(url, { answer }), answer, url)).toMatchObject({ kind: 'none', isUnreached: true });
  },
);

test('E3: what answers in another form is asked once, at once', async () => {
  const ended = await run(echo.url, { form: 'text' });
  const { at } = JSON.parse(ended.message) as { at: string };
  expect(Date.parse(at) - ended.startedMs).toBeLessThan(SETTLE_MS);
});
