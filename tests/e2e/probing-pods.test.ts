/** Pods of simulated nodes that dial the real echo of a sandbox: what arrives, and what their status says. */

import { createPublicKey, verify } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type EchoReading, readEchoAnswer, WAIT_PATH } from '../../contracts/healing/echo-answer.ts';
import { BEHAVIOUR_LABEL, type Behaviour, LATE_PREFIX, SNAT_PREFIX } from '../../sandbox/behaviour.ts';
import { fileOf } from '../../sandbox/layout.ts';
import { processesOf } from '../../sandbox/reap.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { startParent, untilFolderGone } from './killed-parent.ts';
import { createProbingPod, type ProbingPod, readPod } from './probing-pod.ts';

const WAIT_MS = 120_000;
const FUTURE_S = Math.round(Date.now() / 1_000) + 86_400;

let sandbox: Sandbox;
let url = '';
let pods = 0;

// Each test runs alone, and in any order but for the last one, which ends the sandbox.
beforeAll(async () => {
  sandbox = await startSandbox({ report: () => {}, evidence: 'source-address' });
  url = sandbox.env.ECHO_URL ?? '';
  await sandbox.addNode('proving');
});

afterAll(async () => {
  await sandbox?.stop();
});

interface Asking {
  readonly node: string;
  readonly containers?: readonly string[];
  /** Goes before the URL of the echo. */
  readonly waitUrl?: string;
}

async function create({ node, containers = ['echo-sandbox'], waitUrl }: Asking): Promise<string> {
  pods += 1;
  const name = `probe-${pods}`;
  const urls = [...(waitUrl === undefined ? [] : [waitUrl]), `${url}?nonce=$(POD_UID)`];
  await createProbingPod(sandbox.api, { name, node, containers, urls });
  return name;
}

function untilEnded(name: string): Promise<ProbingPod> {
  return waitUntil(
    async () => {
      const pod = await readPod(sandbox.api, name);
      return pod?.status.phase === 'Succeeded' || pod?.status.phase === 'Failed' ? pod : null;
    },
    {
      what: `${name} to end`,
      timeoutMs: WAIT_MS,
      explain: async () => JSON.stringify(await readPod(sandbox.api, name)),
    },
  );
}

async function ended(asking: Asking): Promise<ProbingPod> {
  return untilEnded(await create(asking));
}

/** With the label of the behaviour as it is given. */
async function addNode(name: string, label: string): Promise<string> {
  await sandbox.addNode(name, { labels: { [BEHAVIOUR_LABEL]: label } });
  return name;
}

function answersOf(pod: ProbingPod): readonly EchoReading[] {
  const key = { kty: 'OKP', crv: 'Ed25519', x: sandbox.env.ECHO_PUBLIC_KEY ?? '' };
  const publicKey = createPublicKey({ format: 'jwk', key });
  return pod.status.containerStatuses.map(({ state }) =>
    readEchoAnswer(state.terminated?.message ?? '', {
      nonce: pod.metadata.uid,
      echo: 'sandbox',
      isSigned: (text, signature) => verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url')),
    }),
  );
}

function sourceIn(pod: ProbingPod): string | null {
  const [reading] = answersOf(pod);
  return reading?.kind === 'answer' ? reading.answer.source : null;
}

test('a pod on a proving node is seen with its own address, and has ended as a real one does', async () => {
  const pod = await ended({ node: 'proving' });
  expect(pod.status).toMatchObject({
    phase: 'Succeeded',
    podIPs: [{ ip: pod.status.podIP }],
    hostIPs: [{ ip: pod.status.hostIP }],
    containerStatuses: [{ containerID: expect.any(String), state: { terminated: { exitCode: 0 } } }],
  });
  expect(Object.fromEntries(pod.status.conditions.map(({ type, status }) => [type, status]))).toMatchObject({
    PodScheduled: 'True',
    Initialized: 'True',
    PodReadyToStartContainers: 'False',
    Ready: 'False',
  });
  expect(pod.status.podIP).toMatch(/^127\./);
  expect(pod.status.podIP).not.toBe(pod.status.hostIP);
  expect(sourceIn(pod)).toBe(pod.status.podIP);
});

test('its host has the address of its node', async () => {
  const { status } = await ended({ node: 'proving' });
  const { body } = await sandbox.api.demand('GET', '/api/v1/nodes/proving');
  expect(body).toMatchObject({
    status: { addresses: expect.arrayContaining([{ type: 'InternalIP', address: status.hostIP }]) },
  });
});

test.each([
  ['lying', 'lying', 'node'],
  ['snat-before', `${SNAT_PREFIX}${FUTURE_S}`, 'node'],
  ['snat-after', `${SNAT_PREFIX}1`, 'pod'],
  ['late-after', `${LATE_PREFIX}1`, 'pod'],
])('on the node %s with the label %s the address of the %s arrives', async (name, label, arrives) => {
  const pod = await ended({ node: await addNode(name, label) });
  expect(sourceIn(pod)).toBe(arrives === 'pod' ? pod.status.podIP : pod.status.hostIP);
  expect(pod.status.phase).toBe('Succeeded');
});

test('a node is cured after the seconds that its behaviour names', async () => {
  await sandbox.addNode('cured', { behaviour: 'snat:1s' });
  const isOwn = async () => {
    const pod = await ended({ node: 'cured' });
    return sourceIn(pod) === pod.status.podIP;
  };
  expect(await waitUntil(isOwn, { what: 'a pod with its own address', timeoutMs: WAIT_MS })).toBe(true);
});

test('a forged answer has a signature by no key', async () => {
  const pod = await ended({ node: await addNode('forged', 'forged') });
  expect(answersOf(pod)).toEqual([{ kind: 'invalid', problem: expect.stringContaining('signature') }]);
});

test('a mute pod fails with what curl says about it', async () => {
  const { status } = await ended({ node: await addNode('mute', 'mute') });
  expect(status).toMatchObject({
    phase: 'Failed',
    containerStatuses: [{ state: { terminated: { exitCode: 28, message: expect.stringContaining('curl: (28)') } } }],
  });
});

test('every container asks, and a wait comes before the question', async () => {
  const waitUrl = `${new URL(url).origin}${WAIT_PATH}?ms=1500`;
  const pod = await ended({ node: 'proving', containers: ['echo-a', 'echo-b'], waitUrl });
  const answers = answersOf(pod);
  expect(answers).toHaveLength(2);
  for (const [index, reading] of answers.entries()) {
    const startedAt = pod.status.containerStatuses[index]?.state.terminated?.startedAt ?? '';
    const askedMs = reading.kind === 'answer' ? Date.parse(reading.answer.at) : 0;
    expect(askedMs - Date.parse(startedAt)).toBeGreaterThanOrEqual(1_500);
  }
});

test.each<[Behaviour]>([['pending'], ['no-sandbox'], ['failing'], ['flapping']])(
  'a probing pod on a node that is %s does not end',
  async (behaviour) => {
    await sandbox.addNode(behaviour, { behaviour });
    const name = await create({ node: behaviour });
    await waitUntil(async () => (await readPod(sandbox.api, name))?.spec.nodeName === behaviour, {
      what: `${name} to be bound`,
      timeoutMs: WAIT_MS,
    });
    // What the player did not play by the time that a later pod has ended, it does not play.
    await ended({ node: 'proving' });
    expect(['Pending', 'Running']).toContain((await readPod(sandbox.api, name))?.status.phase);
  },
);

test('a pod that does not dial is played as on any proving node', async () => {
  const name = await create({ node: await addNode('lying-too', 'lying'), containers: ['pause'] });
  const pod = await waitUntil(
    async () => {
      const found = await readPod(sandbox.api, name);
      return found?.status.phase === 'Running' ? found : null;
    },
    { what: `${name} to run`, timeoutMs: WAIT_MS },
  );
  expect(pod.status.conditions).toContainEqual({ type: 'PodReadyToStartContainers', status: 'True' });
});

test('the player alone writes the status of a pod that dials, and once', async () => {
  const name = await create({ node: 'proving' });
  await untilEnded(name);
  const writers = (await sandbox.auditEvents())
    .filter((event) => event.resource === 'pods' && event.name === name && event.subresource === 'status')
    .map(({ user }) => user);
  expect(writers).toEqual(['sandbox-player']);
});

test('while the echo is away the connection is refused', async () => {
  await sandbox.killPart('echo', 'SIGKILL');
  const { status } = await ended({ node: 'proving' });
  expect(status).toMatchObject({
    phase: 'Failed',
    containerStatuses: [{ state: { terminated: { exitCode: 7, message: expect.stringContaining('refused') } } }],
  });
  await sandbox.startPart('echo');
  const pod = await ended({ node: 'proving' });
  expect(sourceIn(pod)).toBe(pod.status.podIP);
});

test('a player that was killed plays what came meanwhile', async () => {
  await sandbox.killPart('player', 'SIGKILL');
  const name = await create({ node: 'proving' });
  await sandbox.startPart('player');
  expect(sourceIn(await untilEnded(name))).not.toBeNull();
});

test('the player survives a restart of the API server', async () => {
  await sandbox.killPart('apiserver', 'SIGKILL');
  await sandbox.startPart('apiserver');
  const name = await waitUntil(() => create({ node: 'proving' }).catch(() => null), {
    what: 'the API server to take a pod',
    timeoutMs: WAIT_MS,
  });
  expect(sourceIn(await untilEnded(name))).not.toBeNull();
});

test('pods that are there at a time have different addresses', async () => {
  const ended20 = await Promise.all(Array.from({ length: 20 }, () => ended({ node: 'proving' })));
  expect(new Set(ended20.map(({ status }) => status.podIP)).size).toBe(20);
  expect(ended20.map(sourceIn)).toEqual(ended20.map(({ status }) => status.podIP));
});

test('the configuration of the sandbox names the echo', async () => {
  expect(parse(await readFile(fileOf(sandbox.layout, 'conf.yaml'), 'utf8'))).toMatchObject({
    healing: {
      evidence: 'source-address',
      echo: { endpoints: [{ name: 'sandbox', url, publicKeys: [sandbox.env.ECHO_PUBLIC_KEY] }] },
    },
  });
});

test('a parent killed with -9 leaves no echo and no player', async () => {
  const parent = await startParent('echo');
  const { id } = parent.layout;
  expect((await processesOf(id)).length).toBeGreaterThanOrEqual(8);
  await parent.kill();
  await waitUntil(async () => (await processesOf(id)).length === 0, {
    what: 'the processes to end',
    timeoutMs: WAIT_MS,
  });
  await untilFolderGone(parent.layout);
});

test('stop leaves no process and no folder', async () => {
  const { layout } = sandbox;
  expect((await sandbox.processes()).length).toBeGreaterThanOrEqual(8);
  await sandbox.stop();
  expect(await processesOf(layout.id)).toEqual([]);
  expect(existsSync(layout.folder)).toBe(false);
});
