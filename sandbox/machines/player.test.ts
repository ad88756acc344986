/** The player of machines without a cluster: which acts it performs, and how often. */

import { expect, test } from '@jest/globals';
import type { Place } from '../parts/place.ts';
import { waitUntil } from '../wait-until.ts';
import type { Act, Machine } from './act.ts';
import { ACTS_ANNOTATION, MACHINE_ANNOTATION } from './machine-behaviour.ts';
import { createMachinePlayer, type MachineWrites } from './player.ts';

const ACT: Act = {
  namespace: 'vigilante-maintenance',
  pod: 'act-1',
  uid: 'uid-1',
  node: 'lin-1',
  isRunning: true,
  podIp: '10.244.0.1',
  hostIp: '10.240.0.1',
  containers: [{ name: 'reboot', image: 'reboot' }],
  order: { phase: 'node', kubernetes: 'v1.36.4', etcd: null },
};
const LIES: Machine = { name: 'lin-1', uid: 'node-1', annotations: { [MACHINE_ANNOTATION]: 'lies' }, place: null };
const OLD: Machine = { ...LIES, annotations: { [MACHINE_ANNOTATION]: 'old-version' } };

function played({ isFirst = true, canExchange = true }: { isFirst?: boolean; canExchange?: boolean } = {}) {
  const written: string[] = [];
  const note = async (...what: unknown[]) => void written.push(what.join(' '));
  const writes: MachineWrites = {
    countAct: async (_machine, { pod }) => {
      await note('count', pod);
      return isFirst;
    },
    endPod: ({ pod }, { isOk }) => note('end', pod, isOk),
    setReady: ({ name }, isReady) => note('ready', name, isReady),
    boot: ({ name }, { kubelet, clearsSentinel }) => note('boot', name, kubelet, clearsSentinel),
    silenceAgent: ({ name }) => note('silence', name),
    deleteNode: ({ name }) => note('delete', name),
    addNode: ({ name }) => note('add', name),
    exchange: async ({ name }, { pod, version }) => {
      await note('exchange', name, pod, version);
      return canExchange;
    },
    exchangeKubelet: ({ name }, kubelet) => note('kubelet', name, kubelet),
    switchPower: ({ name }, power) => note('power', name, power),
  };
  return { written, player: createMachinePlayer(writes, (problem) => written.push(problem)) };
}

const on = (machine: Machine) => new Map([[machine.name, machine]]);

async function untilWritten(written: readonly string[], last: string): Promise<readonly string[]> {
  await waitUntil(() => written.includes(last), { what: last, timeoutMs: 30_000 });
  return written;
}

test('an act is performed once, however often it is seen', async () => {
  const { written, player } = played();
  player.see([ACT], on(LIES));
  player.see([ACT], on(LIES));
  await untilWritten(written, 'end act-1 true');
  player.see([ACT], on(LIES));
  expect(written).toEqual(['count act-1', 'end act-1 true']);
});

test.each<[string, Act, Machine]>([
  ['whose pod does not run', { ...ACT, isRunning: false }, LIES],
  ['on a node that is not simulated', { ...ACT, node: 'real-1' }, LIES],
  ['that its node says was performed', ACT, { ...LIES, annotations: { [ACTS_ANNOTATION]: 'act-0,act-1' } }],
])('an act %s is left alone', async (_title, act, machine) => {
  const { written, player } = played();
  player.see([act], on(machine));
  player.see([{ ...ACT, uid: 'uid-2', pod: 'act-2', node: machine.name }], on(machine));
  const done = await untilWritten(written, 'end act-2 true');
  expect(done.filter((line) => line.includes('act-1'))).toEqual([]);
});

test('an act that another player has counted meanwhile is not performed', async () => {
  const { written, player } = played({ isFirst: false });
  player.see([ACT], on(LIES));
  expect(await untilWritten(written, 'count act-1')).toEqual(['count act-1']);
});

test('a machine boots with the kubelet that it was given, or keeps the one that it has', async () => {
  const { written, player } = played();
  player.see([ACT], on({ ...LIES, annotations: {} }));
  await untilWritten(written, 'boot lin-1 v1.36.4 true');
  const old = played();
  old.player.see([ACT], on(OLD));
  await untilWritten(old.written, 'boot lin-1  true');
});

const PLACE: Place = { name: 'cp-1', address: '127.0.1.1', folder: 'control-plane/cp-1/' };
const CONTROL: Machine = { name: 'cp-1', uid: 'node-1', annotations: {}, place: PLACE };

test('the components of a control-plane node are exchanged one after another, its kubelet last', async () => {
  const { written, player } = played();
  player.see([{ ...ACT, node: 'cp-1' }], on(CONTROL));
  expect(await untilWritten(written, 'kubelet cp-1 v1.36.4')).toEqual([
    'count act-1',
    'exchange cp-1 kube-apiserver v1.36.4',
    'exchange cp-1 kube-controller-manager v1.36.4',
    'exchange cp-1 kube-scheduler v1.36.4',
    'end act-1 true',
    'ready cp-1 false',
    'kubelet cp-1 v1.36.4',
  ]);
});

test('an act fails at the first component that cannot be exchanged', async () => {
  const { written, player } = played({ canExchange: false });
  player.see([{ ...ACT, node: 'cp-1' }], on(CONTROL));
  expect(await untilWritten(written, 'end act-1 false')).toEqual([
    'count act-1',
    'exchange cp-1 kube-apiserver v1.36.4',
    'end act-1 false',
  ]);
});
