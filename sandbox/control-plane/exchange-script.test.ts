/** Which components an act exchanges on a control-plane node, in which order, and what its behaviour makes of it. */

import { expect, test } from '@jest/globals';
import type { MachineStep } from '../machines/machine-script.ts';
import { type ExchangeOrder, exchangeScript } from './exchange-script.ts';

const NEXT = { kubernetes: 'v1.37.2', etcd: null };
const PODS = 'kube-apiserver kube-controller-manager kube-scheduler';

function shown(steps: readonly MachineStep[]): string {
  return steps.map((step) => (step.kind === 'exchange' ? step.pod : step.kind)).join(' ');
}

test.each<[string | null, string]>([
  ['node', `${PODS} end-pod down pause exchange-kubelet`],
  [null, `${PODS} end-pod down pause exchange-kubelet`],
  ['control-pods', `${PODS} end-pod`],
  ['api-server', 'kube-apiserver end-pod'],
  ['controllers', 'kube-controller-manager kube-scheduler end-pod'],
  ['kubelet', 'end-pod down pause exchange-kubelet'],
  ['lift', 'end-pod'],
  ['etcd', 'end-pod'],
])('an act of the phase %s: %s', (phase, steps) => {
  expect(shown(exchangeScript({ phase, ...NEXT }, 'reboots'))).toBe(steps);
});

test('etcd is exchanged first, and only where its version is named', () => {
  const order: ExchangeOrder = { phase: 'control-pods', kubernetes: 'v1.37.2', etcd: 'v3.7.0' };
  const steps = exchangeScript(order, 'reboots');
  expect(shown(steps)).toBe(`etcd ${PODS} end-pod`);
  expect(steps[0]).toMatchObject({ version: 'v3.7.0' });
  expect(steps[1]).toMatchObject({ version: 'v1.37.2' });
  expect(shown(exchangeScript({ ...order, phase: 'etcd', kubernetes: null }, 'reboots'))).toBe('etcd end-pod');
});

test('an API server that never returns ends the act there, and what came before it stays', () => {
  const steps = exchangeScript({ phase: 'control-pods', kubernetes: 'v1.37.2', etcd: 'v3.7.0' }, 'never-returns');
  expect(shown(steps)).toBe('etcd kube-apiserver end-pod');
  expect(steps.map((step) => step.kind === 'exchange' && step.isBroken)).toEqual([false, true, false]);
  expect(steps.at(-1)).toEqual({ kind: 'end-pod', isOk: false });
});

test('a kubelet that never returns leaves its node not Ready', () => {
  expect(shown(exchangeScript({ phase: 'kubelet', ...NEXT }, 'never-returns'))).toBe('end-pod down');
});

test('what returns late is away that long, once', () => {
  const steps = exchangeScript({ phase: 'node', ...NEXT }, 'returns-late:40s');
  expect(steps.flatMap((step) => (step.kind === 'exchange' ? [step.awayMs] : []))).toEqual([40_000, 0, 0]);
});

test.each(['lies', 'old-version'] as const)(
  'a node that is %s exchanges nothing, and the act succeeds',
  (behaviour) => {
    expect(exchangeScript({ phase: 'node', ...NEXT }, behaviour)).toEqual([{ kind: 'end-pod', isOk: true }]);
  },
);

test('an act may fail although all was exchanged', () => {
  const steps = exchangeScript({ phase: 'api-server', ...NEXT }, 'fails-but-done');
  expect(shown(steps)).toBe('kube-apiserver end-pod');
  expect(steps.at(-1)).toEqual({ kind: 'end-pod', isOk: false });
});

test('an act without versions reboots the machine, and all that runs on it', () => {
  const order: ExchangeOrder = { phase: 'node', kubernetes: null, etcd: null };
  expect(shown(exchangeScript(order, 'reboots'))).toBe('end-pod down power pause power boot');
  expect(shown(exchangeScript(order, 'never-returns'))).toBe('end-pod down power');
  expect(exchangeScript(order, 'reboots').flatMap((step) => (step.kind === 'power' ? [step.power] : []))).toEqual([
    'off',
    'on',
  ]);
});
