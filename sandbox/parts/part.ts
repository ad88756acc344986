/** A third-party part of the sandbox: how it is started and when it is ready. */

import type { ToolName } from '../tools/catalogue.ts';

export const PART_NAMES = ['etcd', 'apiserver', 'controller-manager', 'scheduler', 'kwok', 'temporal'] as const;
export type PartName = (typeof PART_NAMES)[number];

export interface Part {
  readonly name: PartName;
  readonly tool: ToolName;
  readonly args: readonly string[];
  /** Asked again and again until it is true. */
  readonly isReady: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
}

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
