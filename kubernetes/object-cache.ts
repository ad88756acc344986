/** Keeps a few fields of all objects of a kind, from a watch that begins anew for ever when the API server fails. */

import { clusterFailure } from './cluster-error.ts';
import type { ClusterConnection } from './connection.ts';
import type { InformerHealth } from './node-informer.ts';
import { backoffMs, pause } from './pause.ts';
import { isExpired, listAndWatch, type ResourceNotice, type WatchedObject } from './resource-watch.ts';

export interface ObjectCache<V> {
  start(): void;
  /** Resolves when the watch has ended. */
  stop(): Promise<void>;
  health(): InformerHealth;
  get(key: string): V | undefined;
  values(): IterableIterator<V>;
  size(): number;
}

export interface ObjectCacheOptions<V> {
  readonly connection: ClusterConnection;
  /** Plural name, such as `pods`. */
  readonly resource: string;
  readonly path: string;
  readonly labelSelector: string;
  readonly read: (object: WatchedObject) => V;
  readonly keyOf: (value: V) => string;
  readonly onError: (message: string) => void;
}

/** Ceiling of the pause between tries. */
const PAUSE_MAX_MS = 10_000;

export function createObjectCache<V>(options: ObjectCacheOptions<V>): ObjectCache<V> {
  const { connection, resource, path, labelSelector, read, keyOf, onError } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let known = new Map<string, V>();
  let health: InformerHealth = { synced: false, lastEventMs: null, failuresInARow: 0, lastError: null };
  let running: Promise<void> | null = null;

  const onNotice = (notice: ResourceNotice<V>) => {
    if (notice.kind === 'set') known.set(keyOf(notice.value), notice.value);
    else if (notice.kind === 'left') known.delete(keyOf(notice.value));
    else {
      known = new Map(notice.values.map((value) => [keyOf(value), value]));
      health = { ...health, synced: true, lastEventMs: Date.now() };
    }
  };
  const onAlive = () => {
    health = { ...health, lastEventMs: Date.now(), failuresInARow: 0, lastError: null };
  };

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await listAndWatch({ connection, resource, path, labelSelector, signal, read, onNotice, onAlive });
      } catch (error) {
        if (signal.aborted) break;
        const { failuresInARow: failures } = health;
        const lastError = isExpired(error) ? health.lastError : clusterFailure(error).message;
        if (lastError !== null) onError(`${resource} are not watched: ${lastError}`);
        health = { ...health, failuresInARow: failures + 1, lastError };
        await pause(backoffMs({ failures, maxMs: PAUSE_MAX_MS }), signal);
      }
    }
  }

  return {
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort(new Error('the cache was stopped'));
      await running;
    },
    health: () => health,
    get: (key) => known.get(key),
    values: () => known.values(),
    size: () => known.size,
  };
}
