/** Lists the keys of a prefix and watches them from there without end, as one sequence of notices without a gap. */

import { messageOf } from '../../domain/error-message.ts';
import { readLines } from '../../kubernetes/client/lines.ts';
import { backoffMs } from '../../kubernetes/client/pause.ts';
import { pause } from '../../runtime/pause.ts';
import { AnswerTooLarge, type EtcdClient } from './etcd-client.ts';
import {
  type EtcdEntry,
  parseRangePage,
  parseWatchMessage,
  prefixEnd,
  type RangePage,
  toBase64,
  type WatchEvent,
  type WatchMessage,
} from './etcd-messages.ts';

export interface EtcdWatchOptions {
  readonly client: EtcdClient;
  readonly prefix: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: WatchEvent) => void;
  /** Everything there is will come as pages, after changes were missed. */
  readonly beginListing: () => EtcdListing;
  readonly onFailure: (error: unknown) => void;
  /** The watch stands: what others write is heard. */
  readonly onAlive: () => void;
}

export interface EtcdListing {
  page(entries: readonly EtcdEntry[]): void;
  /** All pages have come. */
  end(): void;
}

/** Halved as often as an answer is too large to be read. */
const PAGE_SIZE_MAX = 256;
/** Far above what a collector keeps, also in small pages; a longer list ends with an error. */
const REQUESTS_MAX = 16_384;
/** A watch is opened again this often, from where it was: one that hangs would never say so. */
const WATCH_MAX_MS = 60_000;
const PAUSE_MAX_MS = 5_000;

/** Returns the revision at which the keys are shown, all at the same one. */
export async function listEtcd(client: EtcdClient, prefix: string, listing: EtcdListing): Promise<bigint> {
  let revision = 0n;
  let from = toBase64(prefix);
  let pageSize = PAGE_SIZE_MAX;
  for (let request = 0; request < REQUESTS_MAX; request += 1) {
    const at = revision === 0n ? {} : { revision: String(revision) };
    const body = { key: from, range_end: prefixEnd(prefix), limit: String(pageSize), ...at };
    const answer = await pageOrNull(client, { body, isSmallest: pageSize === 1 });
    if (answer === null) {
      pageSize = Math.ceil(pageSize / 2);
      continue;
    }
    if (revision === 0n) revision = answer.revision;
    listing.page(answer.entries);
    const last = answer.entries.at(-1);
    if (!answer.more || last === undefined) {
      listing.end();
      return revision;
    }
    from = toBase64(`${last.key}\0`);
  }
  throw new Error(`etcd holds more records under ${prefix} than can be read`);
}

/** Null where the page is too large to be read. */
async function pageOrNull(
  client: EtcdClient,
  { body, isSmallest }: { readonly body: object; readonly isSmallest: boolean },
): Promise<RangePage | null> {
  try {
    return parseRangePage(await client.call('/v3/kv/range', body));
  } catch (error) {
    if (error instanceof AnswerTooLarge && !isSmallest) return null;
    throw error;
  }
}

/** Ends when the signal does. */
export async function watchEtcd(options: EtcdWatchOptions, from: bigint): Promise<void> {
  const { client, prefix, signal, beginListing, onFailure, onAlive } = options;
  let position: WatchPosition = { revision: from, lost: false };
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (position.lost) {
        const revision = await listEtcd(client, prefix, beginListing());
        position = { revision, lost: false };
      }
      position = await watchOnce(options, position, () => {
        failures = 0;
        onAlive();
      });
    } catch (error) {
      if (signal.aborted) break;
      onFailure(error);
      await pause(backoffMs({ failures, maxMs: PAUSE_MAX_MS }), signal);
      failures += 1;
    }
  }
}

interface WatchPosition {
  /** Everything up to it was reported. */
  revision: bigint;
  /** Changes after it can no longer be had one by one. */
  lost: boolean;
}

async function watchOnce(
  { client, prefix, signal, onEvent }: EtcdWatchOptions,
  position: WatchPosition,
  onAlive: () => void,
): Promise<WatchPosition> {
  const ended = AbortSignal.timeout(WATCH_MAX_MS);
  const create = {
    key: toBase64(prefix),
    range_end: prefixEnd(prefix),
    start_revision: String(position.revision + 1n),
    fragment: true,
  };
  try {
    const body = await client.stream('/v3/watch', { create_request: create }, AbortSignal.any([signal, ended]));
    for await (const line of readLines(body)) {
      const message = parseWatchMessage(line);
      onAlive();
      message.events.forEach(onEvent);
      advance(position, message);
      if (position.lost) return position;
    }
    throw new Error('etcd ended the watch');
  } catch (error) {
    if (ended.aborted && !signal.aborted) return position;
    throw error;
  }
}

/** Changes the position itself: it must stay known when the connection fails in the middle. */
function advance(position: WatchPosition, message: WatchMessage): void {
  const { revision, created, canceled, compacted, fragment, events, cancelReason } = message;
  if (compacted) position.lost = true;
  else if (canceled) throw new Error(`etcd canceled the watch: ${cancelReason}`);
  // An etcd that was set up again counts from the start: its changes would not be heard until it has caught up.
  else if (created && revision !== null && revision < position.revision) position.lost = true;
  // Not the header's: of a watch that lags it is ahead of the events.
  else if (!fragment) position.revision = events.at(-1)?.revision ?? position.revision;
}

export function describeFailure(error: unknown): string {
  return `what others report is not seen: ${messageOf(error)}`;
}
