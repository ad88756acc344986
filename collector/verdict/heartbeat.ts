/**
 * Knows, after a restart, until when the collector ran, and when it had not run before: no agent could report in such
 * times. A file beside that of the embedded store; the other stores are shared by several collectors, of
 * which one is always up.
 */

import { existsSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';

import type { Outage } from '../../domain/connectivity/agent-judgement.ts';

export interface LastRun {
  /** Until when a collector ran, as of now; null where none has, or that is not known. */
  readonly lastAliveMs: number | null;
  /** Times before that in which no report could be taken. */
  readonly outages: readonly Outage[];
}

export interface Heartbeat {
  lastRun(): LastRun;
  beat(nowMs: number, outages: readonly Outage[]): void;
}

/** The file's time of change is the beat, the outages are its text; both by the clock that ages reports. */
export function createFileHeartbeat(path: string): Heartbeat {
  let written: string | null = null;
  return {
    lastRun: () => ({
      lastAliveMs: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null,
      outages: readOutages(path),
    }),
    beat(nowMs, outages) {
      const text = JSON.stringify(outages);
      try {
        if (text !== written || !existsSync(path)) {
          // A collector that is killed while it writes leaves the file of before.
          writeFileSync(`${path}.new`, text);
          // Its own time of change is that of the wall clock.
          utimesSync(`${path}.new`, nowMs / 1_000, nowMs / 1_000);
          renameSync(`${path}.new`, path);
          written = text;
        }
        utimesSync(path, nowMs / 1_000, nowMs / 1_000);
      } catch {
        // A disk that takes no file takes no report either, and the store says so.
      }
    },
  };
}

export const NO_HEARTBEAT: Heartbeat = { lastRun: () => ({ lastAliveMs: null, outages: [] }), beat() {} };

function readOutages(path: string): readonly Outage[] {
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(read) ? read.filter(isOutage) : [];
  } catch {
    return [];
  }
}

function isOutage(value: unknown): value is Outage {
  if (typeof value !== 'object' || value === null || !('fromMs' in value) || !('untilMs' in value)) return false;
  return Number.isFinite(value.fromMs) && Number.isFinite(value.untilMs);
}
