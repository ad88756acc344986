/** The player of machines without a cluster: which acts it performs, and how often. */

import { expect, test } from '@jest/globals';
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
  kubelet: 'v1.36.4',
};
const LIES: Machine = { name: 'lin-1', uid: 'node-1', annotations: { [MACHINE_ANNOTATION]: 'lies' } };
const OLD: Machine = { ...LIES, annotations: { [MACHINE_ANNOTATION]: 'old-version' } };

function played({ isFirst = true }: { readonly isFirst?: boolean } = {}) {
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
