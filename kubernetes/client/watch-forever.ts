/** Watches the objects of one kind; begins again, with a back-off, whenever the API server fails. */

import { clusterFailure } from './cluster-error.ts';
import { backoffMs, pause } from './pause.ts';
import { isExpired, listAndWatch, type ResourceNotice, type ResourceWatchOptions } from './resource-watch.ts';

export interface InformerHealth {
  /** The objects have been listed once. */
  readonly synced: boolean;
  readonly failuresInARow: number;
  readonly lastError: string | null;
}

export interface ForeverWatch {
  start(): void;
  /** Resolves when the watch has ended. */
  stop(reason: string): Promise<void>;
  health(): InformerHealth;
  /** Aborted by `stop`. */
  readonly signal: AbortSignal;
}

export interface ForeverWatchOptions<V> extends Omit<ResourceWatchOptions<V>, 'signal' | 'onAlive'> {
  /** The plural name, in messages. */
  readonly plural: string;
  readonly onError: (message: string) => void;
  /** Ceiling of the pause between tries; default 10 s. */
  readonly pauseMaxMs?: number;
}

const PAUSE_MAX_MS = 10_000;

export function watchForever<V>(options: ForeverWatchOptions<V>): ForeverWatch {
  const { plural, onError, pauseMaxMs = PAUSE_MAX_MS } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let health: InformerHealth = { synced: false, failuresInARow: 0, lastError: null };
  let running: Promise<void> | null = null;

  const onNotice = (notice: ResourceNotice<V>) => {
    options.onNotice(notice);
    if (notice.kind === 'listed') health = { ...health, synced: true };
  };
  const onAlive = () => {
    health = { ...health, failuresInARow: 0, lastError: null };
  };

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await listAndWatch({ ...options, signal, onNotice, onAlive });
      } catch (error) {
        if (signal.aborted) break;
        const { failuresInARow: failures } = health;
        const lastError = isExpired(error) ? health.lastError : clusterFailure(error).message;
        if (lastError !== null) onError(`${plural} are not watched: ${lastError}`);
        health = { ...health, failuresInARow: failures + 1, lastError };
        await pause(backoffMs({ failures, maxMs: pauseMaxMs }), signal);
      }
    }
  }

  return {
    signal,
    health: () => health,
    start() {
      running ??= run();
    },
    async stop(reason) {
      stopping.abort(new Error(reason));
      await running;
    },
  };
}
