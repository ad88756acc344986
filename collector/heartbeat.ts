/**
 * Knows, after a restart, until when the collector ran: the agents' silence since then is not theirs. A file beside
 * that of the embedded store; the other stores are shared by several collectors, of which one is always up.
 */

import { statSync, utimesSync, writeFileSync } from 'node:fs';

export interface Heartbeat {
  /** Until when a collector ran, as of now; null where none has, or that is not known. */
  lastAliveMs(): number | null;
  beat(nowMs: number): void;
}

export function createFileHeartbeat(path: string): Heartbeat {
  return {
    lastAliveMs: () => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null,
    beat(nowMs) {
      try {
        utimesSync(path, nowMs / 1_000, nowMs / 1_000);
      } catch {
        try {
          writeFileSync(path, '');
        } catch {
          // A disk that takes no file takes no report either, and the store says so.
        }
      }
    },
  };
}

export const NO_HEARTBEAT: Heartbeat = { lastAliveMs: () => null, beat() {} };
