/** A part of the sandbox: how it is started and when it is ready. */

import type { ToolName } from '../tools/catalogue.ts';

/** Of third parties; every sandbox has them. */
export const PART_NAMES = ['etcd', 'apiserver', 'controller-manager', 'scheduler', 'kwok', 'temporal'] as const;
/**
 * Our own, in a sandbox with an echo: it, and what plays the pods that dial it. `machines`: where nodes are maintained.
 * `control-plane`: the kubelets of its nodes, which run what is a part of its own elsewhere.
 */
const ECHO_PART_NAMES = ['echo', 'player'] as const;
export type PartName = (typeof PART_NAMES)[number] | (typeof ECHO_PART_NAMES)[number] | 'machines' | 'control-plane';

interface PartStart {
  readonly name: PartName;
  readonly args: readonly string[];
  /** Asked again and again until it is true. */
  readonly isReady: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
}

/** Runs a program of the catalogue, or one of ours, which is then named by its path. */
export type Part = PartStart & ({ readonly tool: ToolName } | { readonly program: string });

/** Generous: a machine with two cores that also builds needs far more than the usual two seconds. */
export const READY_TIMEOUT_MS = 90_000;

const PROBE_TIMEOUT_MS = 2_000;

/** Whether the address answers 200. */
export async function answersOk(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
