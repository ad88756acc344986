/** What an agent reports for reboots, where it is asked to: the id of the node's boot, and the sentinel file. */

import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import type { HostFacts, Sentinel } from '../contracts/connectivity/host-facts.ts';

export interface RebootOptions {
  readonly bootId: boolean;
  /** Path of the sentinel file as the agent sees it; null: it is not looked for. */
  readonly sentinel: string | null;
}

/** Linux has it, and it is the one of the node in every container. */
export const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';

/** Null where nothing is asked for. Never throws: what cannot be read is not known. */
export function rebootFacts({ bootId, sentinel }: RebootOptions, bootIdFile = BOOT_ID_FILE): HostFacts | null {
  if (!bootId && sentinel === null) return null;
  return {
    ...(bootId ? { bootId: readBootId(bootIdFile) } : {}),
    ...(sentinel === null ? {} : { sentinel: lookAt(sentinel) }),
  };
}

function readBootId(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim() || null;
  } catch {
    return null;
  }
}

/** Absent only where its folder is there: a mount that is missing hides every file. */
function lookAt(path: string): Sentinel {
  try {
    const file = statSync(path, { throwIfNoEntry: false });
    if (file !== undefined) return { state: 'present', changedMs: Math.floor(file.mtimeMs) };
    const folder = statSync(dirname(path), { throwIfNoEntry: false });
    return { state: folder?.isDirectory() === true ? 'absent' : 'unknown', changedMs: null };
  } catch {
    return { state: 'unknown', changedMs: null };
  }
}
