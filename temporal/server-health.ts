/** Looks every few seconds whether Temporal still answers: one line in the log when it stops, one when it is back. */

import type { TemporalProfile } from '../config/temporal-profile.ts';
import type { Log } from '../runtime/log.ts';
import { type Repeating, repeat } from '../runtime/repeat.ts';
import { probeTemporal } from './connection.ts';
import { explainUnreachable } from './errors.ts';
import type { TemporalRequests } from './link.ts';

export interface TemporalWatch extends Repeating {
  /** Null while Temporal answers, else what was tried, what came of it and what to check. */
  problem(): string | null;
}

export interface TemporalWatchDeps {
  readonly connection: TemporalRequests;
  readonly profile: TemporalProfile;
  readonly log: Log;
  readonly everyMs?: number;
}

const LOOK_EVERY_MS = 3_000;

export function watchTemporal({ connection, profile, log, everyMs = LOOK_EVERY_MS }: TemporalWatchDeps): TemporalWatch {
  let problem: string | null = null;

  async function look(): Promise<void> {
    try {
      await probeTemporal(connection, profile.namespace);
      if (problem !== null) log.info(`Temporal at ${profile.address} answers again`);
      problem = null;
    } catch (error) {
      const found = explainUnreachable(profile, error);
      if (problem === null) log.warn(found);
      problem = found;
    }
  }

  return { problem: () => problem, ...repeat(look, everyMs) };
}
