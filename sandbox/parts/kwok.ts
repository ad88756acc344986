/** kwok: plays the kubelets of the simulated nodes, by the stages in kwok-stages.ts. */

import { fileOf, type SandboxLayout } from '../layout.ts';
import { LOOPBACK } from '../ports.ts';
import { answersOk, type Part, READY_TIMEOUT_MS } from './part.ts';

/** `spared`: nodes with this label, and their pods, have a kubelet of their own. */
export function kwokPart(layout: SandboxLayout, { spared }: { readonly spared: string | null }): Part {
  const address = `${LOOPBACK}:${layout.ports.kwok}`;
  return {
    name: 'kwok',
    tool: 'kwok',
    args: [
      `--kubeconfig=${fileOf(layout, 'kubeconfig-kwok')}`,
      `--config=${fileOf(layout, 'kwok.yaml')}`,
      spared === null ? '--manage-all-nodes' : `--manage-nodes-with-label-selector=!${spared}`,
      // Leases cost a write per node every ten seconds, and a restarted kwok waits for those of its predecessor.
      '--node-lease-duration-seconds=0',
      '--cidr=10.244.0.0/16',
      `--server-address=${address}`,
    ],
    isReady: () => answersOk(`http://${address}/healthz`),
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}
