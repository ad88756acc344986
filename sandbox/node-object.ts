/** A simulated node as its kubelet would report it. */

import { randomInt } from 'node:crypto';
import { OS_LABEL } from '../contracts/names.ts';
import { BEHAVIOUR_LABEL, type Behaviour, behaviourLabel, ZONE_PREFIX } from './behaviour.ts';
import { KUBERNETES_VERSION_DEFAULT, type KubernetesVersion } from './tools/kubernetes-versions.ts';

export const OPERATING_SYSTEMS = ['windows', 'linux'] as const;
export type OperatingSystem = (typeof OPERATING_SYSTEMS)[number];

export interface NodeDescription {
  readonly os: OperatingSystem;
  readonly behaviour: Behaviour;
  readonly ready: boolean;
  /** Takes the label of the behaviour, so its pods prove; none by default. */
  readonly zone?: string;
  /** Its `InternalIP`. */
  readonly address: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Beside what users of AKS put on their Windows pools. */
  readonly taints?: readonly NodeTaint[];
  /** `systemUUID`; none by default. */
  readonly machine?: string;
  /** `bootID`; none by default. */
  readonly boot?: string;
  /** Version of the kubelet. */
  readonly kubelet?: KubernetesVersion;
}

export interface NodeTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

const AKS_TAINT: NodeTaint = { key: 'os', value: 'windows', effect: 'NoSchedule' };

const LABEL_LENGTH_MAX = 63;
const CAPACITY = { cpu: '8', memory: '32Gi', pods: '250', 'ephemeral-storage': '128Gi' };

/** Some address, as nodes in a cloud have it; nothing answers there. */
export function cloudAddress(): string {
  return `10.240.${randomInt(256)}.${randomInt(1, 255)}`;
}

export function nodeObject(name: string, description: NodeDescription): object {
  const { os, behaviour, ready, zone, address, annotations, labels, taints = [] } = description;
  const now = new Date();
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: annotations ?? {},
      labels: {
        [OS_LABEL]: os,
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': labelValue(name),
        ...(os === 'windows' ? { 'node.kubernetes.io/windows-build': '10.0.20348' } : {}),
        [BEHAVIOUR_LABEL]: zone === undefined ? behaviourLabel(behaviour, now.getTime()) : `${ZONE_PREFIX}${zone}`,
        ...labels,
      },
    },
    spec: { taints: os === 'windows' ? [AKS_TAINT, ...taints] : taints },
    status: {
      capacity: CAPACITY,
      allocatable: CAPACITY,
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      conditions: [readyCondition(ready, now), ...PRESSURES.map((type) => condition({ type, status: 'False', now }))],
      nodeInfo: nodeInfo(description),
    },
  };
}

const PRESSURES = ['MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

export function readyCondition(ready: boolean, now: Date): object {
  return condition({ type: 'Ready', status: ready ? 'True' : 'False', now });
}

function condition({ type, status, now }: { type: string; status: 'True' | 'False'; now: Date }): object {
  const at = `${now.toISOString().slice(0, 19)}Z`;
  const reason = type === 'Ready' ? (status === 'True' ? 'KubeletReady' : 'KubeletNotReady') : 'KubeletHasSufficient';
  return { type, status, reason, message: reason, lastHeartbeatTime: at, lastTransitionTime: at };
}

function nodeInfo({ os, machine = '', boot = '', kubelet = KUBERNETES_VERSION_DEFAULT }: NodeDescription): object {
  const windows = os === 'windows';
  return {
    architecture: 'amd64',
    operatingSystem: os,
    osImage: windows ? 'Windows Server 2022 Datacenter' : 'Ubuntu 24.04 LTS',
    kernelVersion: windows ? '10.0.20348.2700' : '6.8.0-azure',
    containerRuntimeVersion: 'containerd://2.1.4',
    kubeletVersion: kubelet,
    kubeProxyVersion: '',
    machineID: '',
    systemUUID: machine,
    bootID: boot,
  };
}

/** A node's name may have 253 characters, a label's value 63. */
function labelValue(name: string): string {
  return name.slice(0, LABEL_LENGTH_MAX).replace(/[-.]+$/, '');
}
