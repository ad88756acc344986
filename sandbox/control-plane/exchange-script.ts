/** What happens to a control-plane node that is acted upon, step by step: its components are exchanged as kubeadm does it. */

import { ACT_PHASES, type ActPhase } from '../../domain/maintenance/facts.ts';
import type { MachineBehaviour } from '../machines/machine-behaviour.ts';
import { lateMs, type MachineStep, machineScript } from '../machines/machine-script.ts';
import { STATIC_PODS, type StaticPod } from './manifest.ts';

/** What the pod of the act was given. */
export interface ExchangeOrder {
  readonly phase: string | null;
  /** Null: nothing of Kubernetes is exchanged, so the act is for the machine. */
  readonly kubernetes: string | null;
  /** Null: etcd stays as it is. */
  readonly etcd: string | null;
}

const PODS_OF: Readonly<Record<ActPhase, readonly StaticPod[]>> = {
  node: STATIC_PODS,
  etcd: ['etcd'],
  'api-server': ['kube-apiserver'],
  // The sandbox emulates no older version.
  lift: [],
  'control-pods': STATIC_PODS,
  controllers: ['kube-controller-manager', 'kube-scheduler'],
  kubelet: [],
};
const WITH_KUBELET: readonly ActPhase[] = ['node', 'kubelet'];

/** A kubelet that starts again: far shorter than on a real node, and still seen. */
const KUBELET_AWAY_MS = 1_500;

export function exchangeScript(order: ExchangeOrder, behaviour: MachineBehaviour): readonly MachineStep[] {
  const phase = ACT_PHASES.find((known) => known === order.phase) ?? 'node';
  if (order.kubernetes === null && order.etcd === null) return rebootScript(behaviour);
  if (behaviour === 'lies' || behaviour === 'old-version') return [{ kind: 'end-pod', isOk: true }];
  const exchanges = PODS_OF[phase].flatMap((pod) => exchangeOf(pod, order));
  const first = exchanges.find(({ pod }) => pod !== 'etcd') ?? exchanges[0];
  if (behaviour === 'never-returns' && first !== undefined) {
    const before = exchanges.slice(0, exchanges.indexOf(first));
    return [...before, { ...first, isBroken: true }, { kind: 'end-pod', isOk: false }];
  }
  const awayMs = lateMs(behaviour) ?? 0;
  return [
    ...exchanges.map((one) => (one === first ? { ...one, awayMs } : one)),
    { kind: 'end-pod', isOk: behaviour !== 'fails-but-done' },
    ...(WITH_KUBELET.includes(phase) ? kubeletSteps(order, behaviour) : []),
  ];
}

function exchangeOf(pod: StaticPod, { kubernetes, etcd }: ExchangeOrder) {
  const version = pod === 'etcd' ? etcd : kubernetes;
  return version === null ? [] : [{ kind: 'exchange' as const, pod, version, isBroken: false, awayMs: 0 }];
}

/** The machine is the same boot. */
function kubeletSteps({ kubernetes }: ExchangeOrder, behaviour: MachineBehaviour): readonly MachineStep[] {
  if (kubernetes === null) return [];
  if (behaviour === 'never-returns') return [{ kind: 'down' }];
  return [
    { kind: 'down' },
    { kind: 'pause', forMs: KUBELET_AWAY_MS },
    { kind: 'exchange-kubelet', version: kubernetes },
  ];
}

/** With the machine all that runs on it goes and comes. */
function rebootScript(behaviour: MachineBehaviour): readonly MachineStep[] {
  const script = machineScript(behaviour);
  const goes = script.findIndex(({ kind }) => kind === 'down');
  return script.flatMap((step, index): readonly MachineStep[] => {
    if (index === goes) return [step, { kind: 'power', power: 'off' }];
    return step.kind === 'boot' ? [{ kind: 'power', power: 'on' }, step] : [step];
  });
}
