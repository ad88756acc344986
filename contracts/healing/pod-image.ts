/** Images of healing pods that need no pull on nodes of AKS. */

import type { EvidenceRequirement } from '../../domain/healing/pod-evidence.ts';

/**
 * In the node images for Windows that AKS released on 2026-07-15, with 3.9-hotfix beside it; 3.10.2 is not. An image that
 * is not on the node is pulled for the first pod, which fails where the node cannot reach the registry.
 */
export const DEFAULT_POD_IMAGE = 'mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.1';

/** In the same node images. Both hold `curl.exe`, as the pause image does, which is made from them. */
const NANOSERVER_OF_BUILD: ReadonlyMap<string, string> = new Map([
  ['10.0.20348', 'mcr.microsoft.com/windows/nanoserver:ltsc2022'],
  ['10.0.26100', 'mcr.microsoft.com/windows/nanoserver:ltsc2025'],
]);

export const PROBING_POD_IMAGES: readonly string[] = [...NANOSERVER_OF_BUILD.values()];

/** @param build label `node.kubernetes.io/windows-build` of the node; undefined where it has none */
export function defaultPodImage(evidence: EvidenceRequirement, build: string | undefined): string {
  const probing = evidence === 'source-address' ? NANOSERVER_OF_BUILD.get(build ?? '') : undefined;
  return probing ?? DEFAULT_POD_IMAGE;
}
