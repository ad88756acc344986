/** Applies what a store reports to what is known. */

import type { RecordChange, TakenAt } from '../stores/report-store.ts';
import { type KnownAgent, knownAgent, takenAt } from './known-agent.ts';
import { mayBeKept } from './room.ts';

export interface KnownAgents {
  get(name: string): KnownAgent | undefined;
  know(agent: KnownAgent): void;
  forget(name: string): void;
  /** What all of them take in memory. */
  bytes(): number;
}

/** Returns false for a record that there is no room for. */
export function applyChange(
  change: RecordChange,
  { to, receivedMs }: { readonly to: KnownAgents; readonly receivedMs: (taken: TakenAt) => number },
): boolean {
  if (change.kind === 'removed') {
    to.forget(change.name);
    return true;
  }
  const { record } = change;
  const taken = takenAt(record);
  const known = to.get(record.name);
  // An echo, or the same again in a new list: it has not become younger.
  if (known?.taken.clock === taken.clock && known.taken.ms === taken.ms && known.reportCount === record.reportCount) {
    return true;
  }
  const agent = knownAgent(record, receivedMs(taken));
  // Written by a version that kept more, or by somebody else.
  if (!mayBeKept(agent, { known, bytes: to.bytes() })) return false;
  to.know(agent);
  return true;
}
