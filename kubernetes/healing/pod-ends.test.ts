/** When a pod has ended, by a watch that the test writes, and by asking where there is none (E8 to E11). */

import { afterEach, expect, test } from '@jest/globals';
import { askedPod, terminated } from '../../tests/fixtures/echo.ts';
import { until } from '../../tests/fixtures/until.ts';
import { type WatchedObjects, watchedObjects } from '../../tests/fixtures/watched-objects.ts';
import { ClusterError } from '../client/cluster-error.ts';
import type { ContainerStatus, PodObject } from '../client/objects.ts';
import { createPodEnds, hasEnded, type PodEnds } from './pod-ends.ts';

const RUNNING = { state: {} };
const ENDED = terminated('');
const LONG_MS = 60_000;
const ASK_MS = 100;

const pod = (
  uid: string,
  state: 'running' | 'ended' = 'running',
  more: Record<string, ContainerStatus> = {},
): PodObject => ({
  ...askedPod({ a: state === 'running' ? RUNNING : ENDED, ...more }),
  metadata: { name: `healer-${uid}`, uid },
});
const ref = (uid: string) => ({ name: `healer-${uid}`, uid });

let opened: PodEnds | null = null;
let testOver = new AbortController();
afterEach(async () => {
  testOver.abort();
  testOver = new AbortController();
  await opened?.stop();
  opened = null;
});

interface Opened {
  readonly ends: PodEnds;
  readonly server: WatchedObjects<PodObject>;
  readonly read: string[];
  readonly errors: string[];
}

/** @param found what is read of a pod where it is asked for; an error is thrown */
async function open(
  found: (uid: string) => PodObject | null,
  { started = true, askMs = ASK_MS } = {},
): Promise<Opened> {
  const server = watchedObjects<PodObject>();
  const read: string[] = [];
  const errors: string[] = [];
  const ends = createPodEnds(server.connection, {
    namespace: 'vigilante',
    pods: {
      async read({ uid }) {
        read.push(uid);
        return found(uid);
      },
    },
    onError: (message) => errors.push(message),
    askMs,
  });
  opened = ends;
  if (started) {
    ends.start();
    await until(() => server.watches() === 1, 'the watch');
  }
  return { ends, server, read, errors };
}

interface Wait {
  readonly ended: Promise<void>;
  isOver(): boolean;
}

function waitFor(ends: PodEnds, uid: string, { patienceMs = LONG_MS, signal = testOver.signal } = {}): Wait {
  let isOver = false;
  const ended = ends.untilEnded(ref(uid), { patienceMs, signal }).then(() => {
    isOver = true;
  });
  return { ended, isOver: () => isOver };
}

/** Fails sooner than the wait's patience. */
const untilOver = (wait: Wait) => until(() => wait.isOver(), 'the wait to end');

const soon = async () => void (await new Promise((resolve) => setTimeout(resolve, 50)));
const never = () => {
  throw new Error('nothing is asked for here');
};

test('E9: a wait is over when the watch shows that all containers have terminated, and nothing is asked for', async () => {
  const { ends, server, read } = await open(never);
  const wait = waitFor(ends, '1');
  server.send('ADDED', pod('1'));
  server.send('MODIFIED', pod('2', 'ended'));
  server.send('MODIFIED', pod('1', 'ended', { b: RUNNING }));
  await soon();
  expect(wait.isOver()).toBe(false);
  server.send('MODIFIED', pod('1', 'ended', { b: ENDED }));
  await untilOver(wait);
  expect(read).toEqual([]);
});

test('E9: all pods of ours are watched in their namespace, those that only verify too', async () => {
  const { server } = await open(never);
  expect(server.asked).toHaveLength(2);
  for (const path of server.asked) {
    expect(path).toMatch(
      /^\/api\/v1\/namespaces\/vigilante\/pods\?.*labelSelector=app\.kubernetes\.io%2Fmanaged-by%3Dvigilante/,
    );
  }
});

test('E9: a pod that ended before it is waited for needs no wait', async () => {
  const { ends, server } = await open(never);
  server.send('ADDED', pod('1', 'ended'));
  await soon();
  await untilOver(waitFor(ends, '1'));
});

test('E11: a pod that ended before the watch began is in its list', async () => {
  const server = watchedObjects<PodObject>();
  server.objects.push(pod('1', 'ended'));
  const ends = createPodEnds(server.connection, {
    namespace: 'vigilante',
    pods: { read: async () => never() },
    onError: never,
  });
  opened = ends;
  const wait = waitFor(ends, '1');
  ends.start();
  await untilOver(wait);
});

test('E10: a pod that is gone is not waited for, and one that was deleted is forgotten', async () => {
  const { ends, server } = await open(never);
  const wait = waitFor(ends, '1');
  server.send('DELETED', pod('1'));
  await untilOver(wait);
  server.send('ADDED', pod('2', 'ended'));
  server.send('DELETED', pod('2', 'ended'));
  await soon();
  const again = waitFor(ends, '2', { patienceMs: 200 });
  await soon();
  expect(again.isOver()).toBe(false);
  await again.ended;
});

test('E10: patience ends a wait, and so does the end of the heal', async () => {
  const { ends } = await open(never);
  const heal = new AbortController();
  const [patient, cancelled] = [waitFor(ends, '1', { patienceMs: 150 }), waitFor(ends, '2', { signal: heal.signal })];
  await soon();
  expect([patient.isOver(), cancelled.isOver()]).toEqual([false, false]);
  heal.abort();
  await Promise.all([patient.ended, cancelled.ended]);
});

test('E11: a wait that is given up does not end another one for the same pod', async () => {
  const { ends, server } = await open(never);
  const lost = new AbortController();
  const first = waitFor(ends, '1', { signal: lost.signal });
  const second = waitFor(ends, '1');
  lost.abort();
  await first.ended;
  expect(second.isOver()).toBe(false);
  server.send('MODIFIED', pod('1', 'ended'));
  await untilOver(second);
});

test('E9: without a watch the pod is asked for again and again; errors and pods that run are no end', async () => {
  const answers = [() => never(), () => pod('1'), () => pod('1', 'ended')];
  const { ends, read } = await open(() => (answers.shift() ?? never)(), { started: false });
  const beganMs = performance.now();
  await ends.untilEnded(ref('1'), { patienceMs: LONG_MS, signal: testOver.signal });
  expect(read).toEqual(['1', '1', '1']);
  expect(performance.now() - beganMs).toBeGreaterThan(3 * (ASK_MS - 10));
});

test('E9: a pod that is gone ends the wait without a watch, too', async () => {
  const { ends, read } = await open(() => null, { started: false });
  await ends.untilEnded(ref('1'), { patienceMs: LONG_MS, signal: testOver.signal });
  expect(read).toEqual(['1']);
});

test('E9: while the watch fails the pod is asked for, and when it is back what was missed is made up for', async () => {
  const { ends, server, read, errors } = await open((uid) => (uid === 'gone' ? null : never()));
  server.setAway(true);
  await until(() => ends.health().failuresInARow > 0, 'the watch to fail');
  expect(errors[0]).toMatch(/^healing pods are not watched: connect ECONNREFUSED/);
  const [ended, gone, running] = [waitFor(ends, 'ended'), waitFor(ends, 'gone'), waitFor(ends, 'running')];
  await untilOver(gone);
  await until(() => new Set(read).size === 3, 'all to be asked for');
  expect([ended.isOver(), running.isOver()]).toEqual([false, false]);

  server.objects.push(pod('ended', 'ended'), pod('running'));
  server.setAway(false);
  await untilOver(ended);
  await soon();
  expect(running.isOver()).toBe(false);
});

test('E10: a pod that the list does not show is asked for at once', async () => {
  const { ends, server, read } = await open(() => null, { askMs: LONG_MS });
  server.setAway(true);
  await until(() => ends.health().failuresInARow > 0, 'the watch to fail');
  const wait = waitFor(ends, '1');
  server.setAway(false);
  await untilOver(wait);
  expect(read).toEqual(['1']);
});

test.each<[string, PodObject, boolean]>([
  ['has no status', {}, false],
  ['has no containers yet', { status: { containerStatuses: null } }, false],
  ['succeeded without a container', { status: { phase: 'Succeeded', containerStatuses: [] } }, false],
  ['was refused by its kubelet', { status: { phase: 'Failed', containerStatuses: null } }, true],
  ['waits', askedPod({ a: { state: { waiting: { reason: 'ErrImagePull' } } } }), false],
  ['runs', askedPod({ a: RUNNING }), false],
  ['has terminated and is called Running', askedPod({ a: ENDED }, { phase: 'Running' }), true],
  ['could not start and is called Pending', askedPod({ a: terminated('', 128) }, { phase: 'Pending' }), true],
  ['has one of two terminated', askedPod({ a: ENDED, b: RUNNING }), false],
  ['has null for a state', { status: { containerStatuses: [{ state: { terminated: null } }] } }, false],
  ['has both terminated', askedPod({ a: ENDED, b: terminated('', 7) }), true],
])('E8: a pod that %s has ended or not', (_what, found, expected) => {
  expect(hasEnded(found)).toBe(expected);
});

test('E9: the error of the API server is never one of the wait', async () => {
  const { ends } = await open(
    () => {
      throw new ClusterError({ kind: 'unreachable', message: 'away' });
    },
    { started: false },
  );
  await ends.untilEnded(ref('1'), { patienceMs: 250, signal: testOver.signal });
});
