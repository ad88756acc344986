/** Keeps a few fields of all objects of a kind, from a watch that begins anew for ever when the API server fails. */

import type { InformerHealth } from '../nodes/informer.ts';
import { clusterFailure } from './cluster-error.ts';
import type { ClusterConnection } from './connection.ts';
import { createKnownValues } from './known-values.ts';
import { backoffMs, pause } from './pause.ts';
import { isExpired, listAndWatch, type ResourceNotice, type WatchedObject } from './resource-watch.ts';

export interface ObjectCache<V> {
  start(): void;
  /** Resolves when the watch has ended. */
  stop(): Promise<void>;
  health(): InformerHealth;
  get(key: string): V | undefined;
  /** Those of one group, see `groupOf`. */
  group(name: string): readonly V[];
  values(): IterableIterator<V>;
  size(): number;
}

export interface ObjectCacheOptions<V> {
  readonly connection: ClusterConnection;
  /** Plural name, such as `pods`. */
  readonly resource: string;
  readonly path: string;
  readonly labelSelector: string;
  /** `known` finds what is kept under a key. */
  readonly read: (object: WatchedObject, known: (key: string) => V | undefined) => V;
  /** Values that are treated as if they were not there; default none. */
  readonly isLeftOut?: (value: V) => boolean;
  readonly keyOf: (value: V) => string;
  /** Makes `group` find values by something that several of them share. */
  readonly groupOf?: (value: V) => string;
  readonly onError: (message: string) => void;
}

/** Ceiling of the pause between tries. */
const PAUSE_MAX_MS = 10_000;

export function createObjectCache<V>(options: ObjectCacheOptions<V>): ObjectCache<V> {
  const { connection, resource, path, labelSelector, onError } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const known = createKnownValues(options);
  const read = (object: WatchedObject) => options.read(object, known.get);
  let health: InformerHealth = { synced: false, lastEventMs: null, failuresInARow: 0, lastError: null };
  let running: Promise<void> | null = null;

  const onNotice = (notice: ResourceNotice<V>) => {
    if (notice.kind === 'set') known.set(notice.value);
    else if (notice.kind === 'left') known.remove(notice.value);
    else {
      known.replace(notice.values);
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
    get: known.get,
    group: known.group,
    values: known.values,
    size: known.size,
  };
}
