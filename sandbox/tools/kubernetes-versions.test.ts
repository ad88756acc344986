/** The versions of Kubernetes that are named in code are those that are pinned. */

import { expect, test } from '@jest/globals';
import { pinnedVersion, toolNamed } from './catalogue.ts';
import { KUBERNETES_VERSIONS, kubernetesTool, parseKubernetesVersion } from './kubernetes-versions.ts';

const PROGRAMS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet'] as const;

test.each(KUBERNETES_VERSIONS)('each program of Kubernetes %s is pinned to it', async (version) => {
  for (const program of PROGRAMS) {
    const tool = toolNamed(kubernetesTool(program, version));
    expect(await pinnedVersion(tool)).toBe(version);
    expect(tool).toMatchObject({ package: `k8s.io/kubernetes/cmd/${program}` });
  }
});

test('a version that nothing is pinned to is no version of the sandbox', () => {
  expect(KUBERNETES_VERSIONS.map(parseKubernetesVersion)).toEqual([...KUBERNETES_VERSIONS]);
  expect(parseKubernetesVersion('v1.37.1')).toBeNull();
});
