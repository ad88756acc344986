/** Lists objects of one kind page by page and watches them, as one endless sequence of notices. */

import { clusterFailure, isRefused } from './cluster-error.ts';
import { readLines } from './lines.ts';
import type { ObjectMeta } from './objects.ts';
import type { Resource, Selection } from './resource.ts';

export interface WatchedObject {
  readonly metadata?: ObjectMeta;
}

export type ResourceNotice<V> =
  /** All objects as they are now; what is not in it no longer matches. */
  | { readonly kind: 'listed'; readonly values: readonly V[] }
  | { readonly kind: 'set'; readonly value: V }
  /** Deleted, or no longer matching the selector: the watch does not say which. */
  | { readonly kind: 'left'; readonly value: V };

export interface ResourceWatchOptions<V> {
  readonly resource: Resource;
  readonly selection: Selection;
  readonly signal: AbortSignal;
  /** What is kept of an object: the rest of it is dropped as it arrives. */
  readonly read: (object: WatchedObject) => V;
  readonly onNotice: (notice: ResourceNotice<V>) => void;
  /** Gets the pages of a list as they come, so that they are never in memory together; `listed` is then empty. */
  readonly onPage?: (values: readonly V[]) => void;
  /** The watch was opened, or something arrived on it, bookmarks included. A list alone does not count. */
  readonly onAlive: () => void;
}

/** The API server ends a watch after this, or up to half as long again, so that watches do not all begin again at once. */
const WATCH_SECONDS_MIN = 300;
/** Bookmarks come about each minute: a watch without one for longer than two is dead. */
const QUIET_MAX_MS = 150_000;

/** Lists once, then watches from there until the watch fails; throws what ended it. */
export async function listAndWatch<V>(options: ResourceWatchOptions<V>): Promise<never> {
  let resourceVersion = await list(options);
  for (;;) resourceVersion = await watch(options, resourceVersion);
}

async function list<V>(options: ResourceWatchOptions<V>): Promise<string> {
  const { resource, selection, onNotice, onPage, read } = options;
  const values: V[] = [];
  let resourceVersion = '';
  for await (const page of resource.pages(selection)) {
    if (onPage === undefined) for (const object of page.items) values.push(read(object));
    else onPage(page.items.map(read));
    resourceVersion = page.resourceVersion;
  }
  onNotice({ kind: 'listed', values });
  return resourceVersion;
}

/** Resolves with the last resource version seen when the API server ends the watch in order. */
async function watch<V>(options: ResourceWatchOptions<V>, fromVersion: string): Promise<string> {
  const { resource, selection, signal, read, onNotice, onAlive } = options;
  const quiet = new AbortController();
  const timer = setTimeout(() => quiet.abort(new Error(`nothing heard for ${QUIET_MAX_MS} ms`)), QUIET_MAX_MS);
  let resourceVersion = fromVersion;
  try {
    const body = await resource.watch(selection, {
      resourceVersion,
      timeoutSeconds: Math.round(WATCH_SECONDS_MIN * (1 + Math.random() / 2)),
      signal: AbortSignal.any([signal, quiet.signal]),
    });
    onAlive();
    for await (const line of readLines(body)) {
      timer.refresh();
      onAlive();
      const event = parseWatchEvent(line);
      if (event.type === 'ERROR') throw new Error(`the watch ends: the API server sent ${line.slice(0, 300)}`);
      resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion;
      if (event.type === 'DELETED') onNotice({ kind: 'left', value: read(event.object) });
      else if (event.type !== 'BOOKMARK') onNotice({ kind: 'set', value: read(event.object) });
    }
    return resourceVersion;
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a fresh list is due at once: the version asked for is no longer kept, which is no fault. */
export function isExpired(error: unknown): boolean {
  return isRefused(error, 410) || /"code":\s*410|Expired/.test(clusterFailure(error).message);
}

function parseWatchEvent(line: string): { readonly type: string; readonly object: WatchedObject } {
  const event: unknown = JSON.parse(line);
  if (typeof event === 'object' && event !== null && 'type' in event && 'object' in event) {
    return event as { type: string; object: WatchedObject };
  }
  throw new Error(`not a watch event: ${line.slice(0, 80)}`);
}
