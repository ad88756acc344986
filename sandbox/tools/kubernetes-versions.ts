/** The versions of Kubernetes that a sandbox can run, and the programs of each. */

import { type ToolName } from './catalogue.ts';
import { type Version } from './version-text.ts';

/** As `tools/kubernetes` and `tools/kubernetes-next` pin them. */
export const KUBERNETES_VERSIONS = ['v1.36.3', 'v1.37.2'] as const satisfies readonly Version[];
export type KubernetesVersion = (typeof KUBERNETES_VERSIONS)[number];

export const KUBERNETES_VERSION_DEFAULT: KubernetesVersion = 'v1.36.3';

const PROGRAMS = {
  'v1.36.3': {
    'kube-apiserver': 'kube-apiserver',
    'kube-controller-manager': 'kube-controller-manager',
    'kube-scheduler': 'kube-scheduler',
    kubelet: 'kubelet',
  },
  'v1.37.2': {
    'kube-apiserver': 'kube-apiserver-next',
    'kube-controller-manager': 'kube-controller-manager-next',
    'kube-scheduler': 'kube-scheduler-next',
    kubelet: 'kubelet-next',
  },
} as const satisfies Readonly<Record<KubernetesVersion, Readonly<Record<string, ToolName>>>>;

export type KubernetesProgram = keyof (typeof PROGRAMS)['v1.36.3'];

export function kubernetesTool(program: KubernetesProgram, version: KubernetesVersion): ToolName {
  return PROGRAMS[version][program];
}

/** Null for a version that the sandbox has no programs of. */
export function parseKubernetesVersion(text: string): KubernetesVersion | null {
  return KUBERNETES_VERSIONS.find((version) => version === text) ?? null;
}
