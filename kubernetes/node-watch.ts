/** Lists nodes page by page and watches them, as one endless sequence of notices. */

import { clusterFailure, isRefused } from './cluster-error.ts';
import type { ClusterConnection } from './connection.ts';
import { readLines } from './lines.ts';
import { type ListPage, type NodeObject, parseNodePage } from './objects.ts';

export type NodeNotice =
  /** All nodes as they are now; what is not in it no longer matches. */
  | { readonly kind: 'listed'; readonly nodes: readonly NodeObject[] }
  | { readonly kind: 'set'; readonly node: NodeObject }
  /** Deleted, or no longer matching the selector: the watch does not say which. */
  | { readonly kind: 'left'; readonly node: NodeObject };

export interface NodeWatchOptions {
  readonly connection: ClusterConnection;
  readonly labelSelector: string;
  readonly signal: AbortSignal;
  readonly onNotice: (notice: NodeNotice) => void;
  /** The watch was opened, or something arrived on it, bookmarks included. A list alone does not count. */
  readonly onAlive: () => void;
}

const LIST_PAGE_SIZE = 500;
/** A list ends here, at half a million nodes. */
const LIST_PAGES_MAX = 1_000;
/** The API server ends a watch after this long, spread over half of it so that watches do not all begin anew at once. */
const WATCH_SECONDS_MIN = 300;
/** Bookmarks come about each minute: a watch that is silent for longer than two is dead. */
const SILENCE_MAX_MS = 150_000;

/** Lists once, then watches from there until the watch fails; throws what ended it. */
export async function listAndWatch(options: NodeWatchOptions): Promise<never> {
  let resourceVersion = await list(options);
  for (;;) resourceVersion = await watch(options, resourceVersion);
}

async function list({ connection, labelSelector, onNotice }: NodeWatchOptions): Promise<string> {
  const nodes: NodeObject[] = [];
  let page: ListPage<NodeObject> = { items: [], resourceVersion: '', continueToken: '' };
  for (let pageCount = 0; pageCount < LIST_PAGES_MAX; pageCount++) {
    const position = page.continueToken && { continue: page.continueToken };
    const body = await connection.send({
      ...{ verb: 'list', resource: 'nodes', object: `with ${labelSelector}`, method: 'GET', path: '/api/v1/nodes' },
      query: { labelSelector, limit: String(LIST_PAGE_SIZE), ...position },
    });
    page = parseNodePage(body);
    nodes.push(...page.items);
    if (page.continueToken === '') break;
  }
  onNotice({ kind: 'listed', nodes });
  return page.resourceVersion;
}

/** Resolves with the last resource version seen when the API server ends the watch in order. */
async function watch(options: NodeWatchOptions, fromVersion: string): Promise<string> {
  const { connection, labelSelector, signal, onNotice, onAlive } = options;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`nothing heard for ${SILENCE_MAX_MS} ms`)), SILENCE_MAX_MS);
  const timeoutSeconds = String(Math.round(WATCH_SECONDS_MIN * (1 + Math.random() / 2)));
  let resourceVersion = fromVersion;
  try {
    const body = await connection.stream(
      {
        ...{ verb: 'watch', resource: 'nodes', object: `with ${labelSelector}`, method: 'GET', path: '/api/v1/nodes' },
        query: { watch: 'true', allowWatchBookmarks: 'true', labelSelector, resourceVersion, timeoutSeconds },
      },
      AbortSignal.any([signal, silence.signal]),
    );
    onAlive();
    for await (const line of readLines(body)) {
      timer.refresh();
      onAlive();
      const event = parseWatchEvent(line);
      if (event.type === 'ERROR') throw new Error(`watch nodes: the API server sent ${line.slice(0, 300)}`);
      resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion;
      if (event.type === 'DELETED') onNotice({ kind: 'left', node: event.object });
      else if (event.type !== 'BOOKMARK') onNotice({ kind: 'set', node: event.object });
    }
    return resourceVersion;
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a fresh list is due at once: the version asked for is no longer kept, which is nobody's fault. */
export function isExpired(error: unknown): boolean {
  return isRefused(error, 410) || /"code":\s*410|Expired/.test(clusterFailure(error).message);
}

function parseWatchEvent(line: string): { readonly type: string; readonly object: NodeObject } {
  const event: unknown = JSON.parse(line);
  if (typeof event === 'object' && event !== null && 'type' in event && 'object' in event) {
    return event as { type: string; object: NodeObject };
  }
  throw new Error(`watch nodes: not a watch event: ${line.slice(0, 80)}`);
}
