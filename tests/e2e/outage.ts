/** Parts of a sandbox that are away for a while. */

import type { PartName } from '../../sandbox/parts/part.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';

/** All of them: those that only lost their API server come back after half a minute, which short windows lack. */
export const CONTROL_PLANE: readonly PartName[] = ['apiserver', 'scheduler', 'controller-manager', 'kwok'];

/** An API server that has just started says 403 until it knows its roles: once or twice per node, never in a row. */
export const REJECTED_MAX = 2;

export interface Outage {
  readonly parts: readonly PartName[];
  readonly ms: number;
  readonly meanwhile?: () => Promise<void>;
}

/** Kills the parts with -9, does what happens while they are away, and starts them after that time. */
export async function outage(sandbox: Sandbox, { parts, ms, meanwhile }: Outage): Promise<void> {
  await Promise.all(parts.map((part) => sandbox.killPart(part, 'SIGKILL')));
  const endMs = Date.now() + ms;
  try {
    await meanwhile?.();
    await waitUntil(() => Date.now() >= endMs, { what: 'the end of the outage', timeoutMs: ms });
  } finally {
    // In order: the first is what the others work against.
    const [first, ...others] = parts;
    if (first !== undefined) await sandbox.startPart(first);
    await Promise.all(others.map((part) => sandbox.startPart(part)));
  }
}
