/** Keeps a few fields of all objects of a kind, from a watch that begins again whenever the API server fails. */

import { createKnownValues } from './known-values.ts';
import type { Resource } from './resource.ts';
import type { ResourceNotice, WatchedObject } from './resource-watch.ts';
import { type InformerHealth, watchForever } from './watch-forever.ts';

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
  readonly resource: Resource;
  /** The plural name, in messages. */
  readonly plural: string;
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

export function createObjectCache<V>(options: ObjectCacheOptions<V>): ObjectCache<V> {
  const { resource, plural, labelSelector, onError } = options;
  const known = createKnownValues(options);
  const watch = watchForever<V>({
    resource,
    plural,
    selection: { labelSelector },
    read: (object) => options.read(object, known.get),
    onError,
    onNotice(notice: ResourceNotice<V>) {
      if (notice.kind === 'set') known.set(notice.value);
      else if (notice.kind === 'left') known.remove(notice.value);
      else known.replace(notice.values);
    },
  });
  return {
    start: () => watch.start(),
    stop: () => watch.stop('the cache was stopped'),
    health: () => watch.health(),
    get: known.get,
    group: known.group,
    values: known.values,
    size: known.size,
  };
}
