/** Checks `api-health`, `nodes` and `pending-csrs`: what the cluster says of its own health. */

import type { Finding } from './finding.ts';

export interface ReadyzAnswer {
  readonly url: string;
  readonly answer:
    | { readonly kind: 'ready' }
    /** Names of the checks that failed. */
    | { readonly kind: 'not-ready'; readonly failed: readonly string[] }
    | { readonly kind: 'silent'; readonly message: string };
}

export interface ApiServiceFacts {
  readonly name: string;
  readonly isAvailable: boolean;
  readonly message: string;
}

export function apiHealthFindings(
  servers: readonly ReadyzAnswer[],
  services: readonly ApiServiceFacts[],
): readonly Finding[] {
  const unready = servers.flatMap(({ url, answer }): readonly Finding[] => {
    if (answer.kind === 'ready') return [];
    if (answer.kind === 'silent') return [{ answer: 'unknown', object: url, detail: answer.message }];
    return [
      { answer: 'block', object: url, detail: `not ready: ${answer.failed.join(', ') || 'it does not say why'}` },
    ];
  });
  const unavailable = services
    .filter(({ isAvailable }) => !isAvailable)
    .map(({ name, message }): Finding => ({ answer: 'block', object: name, detail: message || 'it is not available' }));
  const none: readonly Finding[] =
    servers.length === 0 ? [{ answer: 'unknown', object: 'kube-apiserver', detail: 'no address is known' }] : [];
  return [...none, ...unready, ...unavailable];
}

export interface NodeHealth {
  readonly name: string;
  readonly isControlPlane: boolean;
  readonly ready: boolean;
}

/** Workers are counted by the budget: a few that are down stop nothing. */
export function nodeFindings(nodes: readonly NodeHealth[]): readonly Finding[] {
  return nodes
    .filter(({ ready, isControlPlane }) => !ready && isControlPlane)
    .map(({ name }) => ({ answer: 'block', object: name, detail: 'a node of the control plane that is not Ready' }));
}

export function describeNodes(nodes: readonly NodeHealth[]): string {
  const down = nodes.filter(({ ready }) => !ready).length;
  return `${nodes.length} nodes, ${down} of them not Ready`;
}

export interface SigningRequest {
  readonly name: string;
  readonly signer: string;
  readonly requester: string;
  readonly createdMs: number;
  /** Approved, denied or failed. */
  readonly isDecided: boolean;
}

const KUBELET_SIGNERS = ['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet'];
const PENDING_MAX_MS = 600_000;

export function signingFindings(requests: readonly SigningRequest[], nowMs: number): readonly Finding[] {
  return requests
    .filter(({ isDecided, signer }) => !isDecided && KUBELET_SIGNERS.includes(signer))
    .filter(({ createdMs }) => nowMs - createdMs > PENDING_MAX_MS)
    .map(({ name, requester, createdMs }) => ({
      answer: 'block',
      object: name,
      detail: `${requester} waits for its certificate for ${Math.floor((nowMs - createdMs) / 60_000)} minutes`,
    }));
}
