/** One probe with a cluster that answers from memory: what is asked of it, and what comes out (E4 to E14, E44). */

import { expect, test } from '@jest/globals';
import type { ProbePodResult } from '../../contracts/healing/onboarding-activities.ts';
import { ClusterError } from '../../kubernetes/client/cluster-error.ts';
import type { ContainerStatus } from '../../kubernetes/client/objects.ts';
import { askedPod, NODE_IP, POD_IP, POD_UID, terminated } from '../../tests/fixtures/echo.ts';
import { ECHO, ENDPOINT, foundPod, INPUT, NODE, podThatShowed, probingWorld } from '../../tests/fixtures/probing.ts';
import { until } from '../../tests/fixtures/until.ts';

const { name } = ENDPOINT;
const COMMON = ['create 4', `wait ${POD_UID} 60000`, `delete ${POD_UID}`];

function judgementOf({ outcome }: ProbePodResult) {
  if (outcome.kind === 'judged' || outcome.kind === 'echo-down') return outcome.judgement;
  throw new Error(`not judged: ${JSON.stringify(outcome)}`);
}

test('E9, E51: a pod is made, waited for, deleted and judged; nothing else is asked of the cluster', async () => {
  const world = probingWorld();
  const { outcome, node } = await world.probe();
  expect(world.calls).toEqual(COMMON);
  expect(outcome).toEqual({
    kind: 'judged',
    judgement: {
      podName: 'healer-4',
      level: 3,
      detail: `${name} saw the pod's own ${POD_IP}`,
      source: {
        verdict: 'proven',
        by: 'own',
        address: POD_IP,
        endpoint: name,
        createdMs: Date.parse('2026-11-28T03:32:20Z'),
      },
    },
  });
  expect(node).toEqual({ kind: 'present', facts: NODE });
  expect([world.levels, world.answers, world.attempts.map(({ outcome }) => outcome)]).toEqual([
    [3],
    [`${name} own`],
    ['created'],
  ]);
});

test('E2: the pod asks the endpoints of the input, as the worker’s file has them, with the image of its node', async () => {
  const second = ECHO.endpoint({ name: 'onprem-2', url: 'http://10.60.0.10/v1/source' });
  const world = probingWorld({ endpoints: [ENDPOINT, second] });
  await world.probe({ probe: { ...INPUT.probe, endpoints: ['onprem-2'] } });
  expect(world.created).toMatchObject([
    {
      attempt: 4,
      run: 'run-1',
      purpose: 'heal',
      question: { endpoints: [second], settleMs: 2_000, patienceMs: 60_000 },
    },
  ]);
  expect(world.created[0]?.question?.image).toMatch(/nanoserver:ltsc2022$/);

  const named = probingWorld({ pod: { ...world.deps.pod, image: 'mirror/curl:1' } });
  await named.probe();
  expect(named.created[0]?.question?.image).toBe('mirror/curl:1');
});

test.each([
  [NODE_IP, 'node', `SNATed: ${name} saw the node's ${NODE_IP} instead of ${POD_IP}`],
  ['192.0.2.9', 'other', `SNATed: ${name} saw 192.0.2.9 instead of ${POD_IP}`],
])('E7: a pod that was seen as %s is refuted, at level 2, and its detail says by what', async (source, by, detail) => {
  const world = probingWorld();
  world.ended = podThatShowed(source);
  const judgement = judgementOf(await world.probe());
  expect(judgement).toMatchObject({ level: 2, detail, source: { verdict: 'refuted', by, address: source } });
  expect([world.levels, world.answers]).toEqual([[2], [`${name} ${by}`]]);
});

test('E4: an answer that is not believed leaves the pod silent, with the reason, and is counted', async () => {
  const world = probingWorld();
  world.ended = askedPod({ [name]: terminated(ECHO.answer({ nonce: 'another-pod', source: POD_IP })) });
  const judgement = judgementOf(await world.probe());
  expect(judgement).toMatchObject({ level: 2, source: { verdict: 'silent', by: null } });
  expect(judgement.detail).toContain(`${name}: the answer is to the nonce another-pod`);
  expect(world.answers).toEqual([`${name} invalid`]);
});

test('E5: a kubelet that forgot the address of the pod makes it silent, however right the answer', async () => {
  const world = probingWorld();
  world.ended = { ...podThatShowed(POD_IP), status: { ...podThatShowed(POD_IP).status, podIP: '', podIPs: [] } };
  expect(judgementOf(await world.probe())).toMatchObject({ level: 0, source: { verdict: 'silent' } });
  expect(world.answers).toEqual([`${name} none`]);
});

test.each(['Running', 'Pending', 'Succeeded', 'Failed'])(
  'E8: an ended pod in phase %s whose sandbox is not ready any more is level 2 by its address',
  async (phase) => {
    const world = probingWorld();
    const conditions = [{ type: 'PodReadyToStartContainers', status: 'False' }];
    world.ended = askedPod({ [name]: terminated('curl: (56) reset', 56) }, { phase, conditions });
    expect(judgementOf(await world.probe())).toMatchObject({ level: 2, detail: `${name}: exit 56: curl: (56) reset` });
  },
);

const WAITING: ContainerStatus = { state: { waiting: { reason: 'ErrImagePull', message: 'no egress' } } };

test('E10: a pod whose patience is over is silent, and says what it waited for', async () => {
  const world = probingWorld();
  const conditions = [{ type: 'PodReadyToStartContainers', status: 'True' }];
  world.ended = askedPod({ [name]: WAITING }, { conditions });
  const late = judgementOf(await world.probe());
  expect(late).toMatchObject({
    level: 2,
    detail: `${name}: late: ErrImagePull: no egress`,
    source: { verdict: 'silent' },
  });
  expect(world.calls).toEqual(COMMON);
});

test('E10: a pod that one endpoint answered proves nothing where another one still kept it busy', async () => {
  const second = ECHO.endpoint({ name: 'onprem-2', url: 'http://10.60.0.10/v1/source' });
  const world = probingWorld({ endpoints: [ENDPOINT, second] });
  const input = { probe: { ...INPUT.probe, endpoints: [name, 'onprem-2'], require: 'any' as const } };
  const shown = terminated(ECHO.answer({ nonce: POD_UID, source: POD_IP }));
  world.ended = askedPod({ [name]: shown, 'onprem-2': terminated('curl: (28) timed out', 28) });
  expect(judgementOf(await world.probe(input))).toMatchObject({ level: 3, source: { verdict: 'proven' } });
  world.ended = askedPod({ [name]: shown, 'onprem-2': { state: {} } });
  expect(judgementOf(await world.probe(input))).toMatchObject({
    level: 2,
    detail: 'onprem-2: late: the container has not ended',
    source: { verdict: 'silent' },
  });
});

test('E10: where there was no network either, the Events are read', async () => {
  const world = probingWorld();
  world.ended = askedPod(
    { [name]: { state: { waiting: { reason: 'ContainerCreating' } } } },
    { podIP: '', podIPs: [], phase: 'Pending' },
  );
  expect(judgementOf(await world.probe())).toMatchObject({
    level: 0,
    detail: expect.stringContaining('phase Pending'),
  });
  expect(world.calls).toEqual([...COMMON, 'events']);
});

test('E10: only a heal that is cancelled ends its pod before the time', async () => {
  const world = probingWorld();
  world.isEndless = true;
  world.ended = askedPod({ [name]: { state: {} } });
  const probing = world.probe();
  await until(() => world.calls.length === 2, 'the wait');
  world.environment().cancel('CANCELLED');
  expect(judgementOf(await probing)).toMatchObject({ detail: `${name}: late: the container has not ended` });
  expect(world.calls).toEqual(COMMON);
});

test.each(['WORKER_SHUTDOWN', 'TIMED_OUT', 'NOT_FOUND'] as const)(
  'E11: an activity that ends for %s leaves its pod to the next try',
  async (reason) => {
    const world = probingWorld();
    world.isEndless = true;
    const probing = world.probe();
    await until(() => world.calls.length === 2, 'the wait');
    world.environment().cancel(reason);
    await expect(probing).rejects.toMatchObject({ type: 'ClusterUnreachable', nonRetryable: false });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(world.calls).toEqual(COMMON.slice(0, 2));
  },
);

test('E11: a retry finds its own pod, goes on waiting and judges it; it is counted once', async () => {
  const world = probingWorld();
  world.found = foundPod();
  expect(judgementOf(await world.probe({}, { attempt: 2 }))).toMatchObject({ level: 3 });
  expect(world.calls).toEqual(['find', ...COMMON.slice(1)]);
  expect(world.attempts).toEqual([]);
});

test.each([
  ['none', null],
  ['one of another run', foundPod({ run: 'run-0' })],
  ['one of another node of that name', foundPod({ nodeUid: 'uid-0' })],
  ['one of another attempt', foundPod({ attempt: 3 })],
])('E11: a retry that finds %s makes its pod', async (_what, found) => {
  const world = probingWorld();
  world.found = found;
  await world.probe({}, { attempt: 2 });
  expect(world.calls).toEqual(['find', ...COMMON]);
});

test('E11: a retry that must not probe any more removes its own pod, so that no later attempt takes it for its own', async () => {
  const world = probingWorld();
  world.node = { kind: 'present', facts: { ...NODE, ready: false } };
  world.found = foundPod();
  expect((await world.probe({}, { attempt: 2 })).outcome).toEqual({ kind: 'skipped' });
  expect(world.calls).toEqual(['find', 'observe', `delete ${POD_UID}`]);
});

test.each([
  ['is gone', { kind: 'gone' } as const],
  ['is not Ready', { kind: 'present', facts: { ...NODE, ready: false } } as const],
  ['is healed', { kind: 'present', facts: { ...NODE, healed: true } } as const],
  ['is switched off', { kind: 'present', facts: { ...NODE, disabled: true } } as const],
])('H9: no pod is made for a node that %s, and a cache alone does not decide that', async (_how, node) => {
  const world = probingWorld();
  world.node = node;
  expect(await world.probe()).toEqual({ node, outcome: { kind: 'skipped' } });
  expect(world.calls).toEqual(['observe']);
  expect(world.attempts.map(({ outcome }) => outcome)).toEqual(['skipped']);
});

test('H8: the node is reported as it is when the pod has ended', async () => {
  const later = { kind: 'present', facts: { ...NODE, ready: false, readyChangedMs: 9 } } as const;
  const world = probingWorld({
    ends: {
      async untilEnded() {
        world.node = later;
      },
    },
  });
  expect((await world.probe()).node).toEqual(later);
});

test('E11: a judgement is not lost where the API server cannot be asked for the node at the end', async () => {
  const base = probingWorld();
  const away = async () => {
    throw new ClusterError({ kind: 'unreachable', message: 'connect ECONNREFUSED' });
  };
  const world = probingWorld({
    ends: {
      async untilEnded() {
        world.isCacheEmpty = true;
      },
    },
    nodes: { ...base.deps.nodes, observe: away },
  });
  expect(await world.probe()).toMatchObject({ node: { facts: NODE }, outcome: { kind: 'judged' } });
});

test('E5: where the cache knows nothing the API server is asked for the node and its network', async () => {
  const world = probingWorld();
  world.isCacheEmpty = true;
  world.ended = podThatShowed('20.1.2.3');
  world.network = { ...world.network, addresses: ['20.1.2.3'] };
  expect(judgementOf(await world.probe())).toMatchObject({ source: { verdict: 'refuted', by: 'node' } });
  expect(world.calls).toEqual(['observe', 'network', ...COMMON, 'observe']);
});

test('E12: an endpoint at an address of the node proves nothing', async () => {
  const world = probingWorld();
  world.network = { ...world.network, addresses: [NODE_IP, '10.50.0.10'] };
  expect(judgementOf(await world.probe())).toMatchObject({ level: 2, source: { verdict: 'silent' } });
  expect(world.answers).toEqual([`${name} invalid`]);
});

const UNREACHED = terminated('curl: (7) Failed to connect', 7);

test('E13: a pod that reached nobody, as the worker reaches nobody now, is not judged and not counted', async () => {
  const world = probingWorld();
  world.isEchoDown = true;
  world.ended = askedPod({ [name]: UNREACHED });
  const result = await world.probe();
  expect(result.outcome).toMatchObject({ kind: 'echo-down', judgement: { level: 2, podName: 'healer-4' } });
  expect(judgementOf(result)).not.toHaveProperty('source');
  expect(judgementOf(result).detail).toContain('exit 7');
  expect(world.calls).toEqual([...COMMON, `reach ${name}`]);
  expect([world.levels, world.answers]).toEqual([[], []]);
});

test('E13: where the worker reaches an endpoint, or one answered the pod, its silence is its own', async () => {
  const reached = probingWorld();
  reached.ended = askedPod({ [name]: UNREACHED });
  expect(await reached.probe()).toMatchObject({
    outcome: { kind: 'judged', judgement: { source: { verdict: 'silent' } } },
  });

  const second = ECHO.endpoint({ name: 'onprem-2' });
  for (const other of [terminated('', 56), terminated('x'), WAITING]) {
    const half = probingWorld({ endpoints: [ENDPOINT, second] });
    half.isEchoDown = true;
    half.ended = askedPod({ [name]: UNREACHED, 'onprem-2': other });
    const result = await half.probe({ probe: { ...INPUT.probe, endpoints: [name, 'onprem-2'] } });
    expect(result.outcome.kind).toBe('judged');
    expect(half.calls).toEqual(COMMON);
  }
});

test('E10: a pod that somebody else removed has no verdict', async () => {
  for (const removal of [{ kind: 'gone' }, { kind: 'deleted', pod: null }] as const) {
    const world = probingWorld();
    world.removal = removal;
    expect((await world.probe()).outcome).toEqual({ kind: 'vanished' });
    expect([world.levels, world.answers]).toEqual([[], []]);
  }
});

const held = (count: number) => Array.from({ length: count }, () => foundPod({ heldBy: ['example.com/keep'] }));

test('H12: a pod that finalizers hold is judged, until as many are held as the bound', async () => {
  for (const [count, kind] of [
    [2, 'judged'],
    [3, 'rejected'],
  ] as const) {
    const world = probingWorld();
    world.removal = { kind: 'held', pod: world.ended, finalizers: ['example.com/keep'] };
    world.listed.push(...held(count));
    expect((await world.probe()).outcome.kind).toBe(kind);
  }
});

test('H12: after a rejected attempt no pod is made while as many are held', async () => {
  const world = probingWorld();
  world.listed.push(...held(3));
  expect((await world.probe({ isAfterRejection: true })).outcome).toMatchObject({ kind: 'rejected', status: 409 });
  expect(world.calls).toEqual(['list']);
  world.listed.length = 0;
  expect((await world.probe({ isAfterRejection: true })).outcome.kind).toBe('judged');
});

test('H11: a pod that the API server refuses is no probe', async () => {
  const refused = { kind: 'rejected', status: 403, message: 'exceeded quota' } as const;
  const base = probingWorld();
  const world = probingWorld({ pods: { ...base.deps.pods, create: async () => refused } });
  expect((await world.probe()).outcome).toEqual(refused);
  expect([world.calls, world.attempts.map(({ outcome }) => outcome)]).toEqual([[], ['rejected']]);
});

test('E9: a node that is healed is verified all the same, without counting as an attempt', async () => {
  const world = probingWorld();
  world.node = { kind: 'present', facts: { ...NODE, healed: true, disabled: true } };
  expect(judgementOf(await world.probe({ purpose: 'verify' }))).toMatchObject({ level: 3 });
  expect(world.created).toMatchObject([{ purpose: 'verify' }]);
  expect(world.attempts).toEqual([]);
  world.node = { kind: 'present', facts: { ...NODE, ready: false } };
  expect((await world.probe({ purpose: 'verify' })).outcome).toEqual({ kind: 'skipped' });
});

test('E9: a verification in whose way an earlier one’s pod is removes that one, and none of a heal', async () => {
  const base = probingWorld();
  const results = [{ kind: 'already-exists' as const }];
  const world = probingWorld({
    pods: { ...base.deps.pods, create: async (attempt) => results.shift() ?? base.deps.pods.create(attempt) },
  });
  base.found = foundPod({ uid: 'left-over', run: 'run-0' });
  await world.probe({ purpose: 'verify' });
  expect(base.calls).toEqual(['find', 'delete left-over', 'create 4', `delete ${POD_UID}`]);
});

test.each([
  ['profile gpu', {}, 'gpu'],
  ['endpoint onprem-9 in healing.echo.endpoints', { probe: { ...INPUT.probe, endpoints: ['onprem-9'] } }, 'snat'],
])(
  'E44: where the file has no %s the activity is tried again each 30 s, and nothing is made',
  async (what, input, profile) => {
    const world = probingWorld();
    await expect(world.probe(input, { profile })).rejects.toMatchObject({
      type: 'ProfileUnknown',
      nonRetryable: false,
      nextRetryDelay: 30_000,
      message: `the configuration of this worker has no ${what}`,
    });
    expect(world.calls).toEqual([]);
  },
);
