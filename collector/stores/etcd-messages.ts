/** What etcd's JSON gateway sends, parsed: numbers of 64 bits come as text, keys and values in base64. */

import { z } from 'zod';

export interface EtcdEntry {
  readonly key: string;
  readonly value: string;
}

export interface RangePage {
  readonly revision: bigint;
  readonly entries: readonly EtcdEntry[];
  readonly more: boolean;
}

export interface WatchMessage {
  /** Revision of etcd as a whole; absent from some answers. */
  readonly revision: bigint | null;
  readonly created: boolean;
  readonly canceled: boolean;
  /** More events of the same revision follow. */
  readonly fragment: boolean;
  /** Why the watch was canceled; empty where it was not. */
  readonly cancelReason: string;
  /** Set where the revision that was asked for is no longer kept. */
  readonly compacted: boolean;
  readonly events: readonly WatchEvent[];
}

export interface WatchEvent {
  readonly kind: 'put' | 'delete';
  readonly key: string;
  readonly value: string;
  readonly revision: bigint;
}

const HeaderSchema = z.looseObject({ revision: z.string().regex(/^\d+$/).optional() });
const KeyValueSchema = z.looseObject({
  key: z.string(),
  // Left out where it is empty.
  value: z.string().default(''),
  mod_revision: z.string().regex(/^\d+$/).default('0'),
});

const RangeSchema = z.looseObject({
  header: HeaderSchema,
  kvs: z.array(KeyValueSchema).default([]),
  more: z.boolean().default(false),
});

const WatchSchema = z.looseObject({
  result: z
    .looseObject({
      header: HeaderSchema.default({}),
      created: z.boolean().default(false),
      canceled: z.boolean().default(false),
      fragment: z.boolean().default(false),
      compact_revision: z.string().default('0'),
      cancel_reason: z.string().default(''),
      events: z.array(z.looseObject({ type: z.string().default('PUT'), kv: KeyValueSchema })).default([]),
    })
    .optional(),
  error: z.looseObject({ message: z.string().default('') }).optional(),
});

const GrantSchema = z.looseObject({ ID: z.string().min(1) });

export function parseRangePage(body: unknown): RangePage {
  const { header, kvs, more } = RangeSchema.parse(body);
  return {
    revision: BigInt(header.revision ?? 0),
    entries: kvs.map(({ key, value }) => ({ key: fromBase64(key), value: fromBase64(value) })),
    more,
  };
}

/** Throws where the gateway ended the watch with an error. */
export function parseWatchMessage(line: string): WatchMessage {
  const { result, error } = WatchSchema.parse(JSON.parse(line));
  if (result === undefined) throw new Error(`etcd ended the watch: ${error?.message ?? line.slice(0, 200)}`);
  const { header, created, canceled, fragment, events } = result;
  return {
    revision: header.revision === undefined ? null : BigInt(header.revision),
    created,
    canceled,
    fragment,
    cancelReason: result.cancel_reason,
    compacted: result.compact_revision !== '0',
    events: events.map(({ type, kv }) => ({
      kind: type === 'DELETE' ? 'delete' : 'put',
      key: fromBase64(kv.key),
      value: fromBase64(kv.value),
      revision: BigInt(kv.mod_revision),
    })),
  };
}

export function parseLeaseId(body: unknown): string {
  return GrantSchema.parse(body).ID;
}

export function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** The end of the range of all keys that begin with the prefix. */
export function prefixEnd(prefix: string): string {
  const bytes = Buffer.from(prefix, 'utf8');
  // The prefix ends in a slash, which has a successor.
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) + 1;
  return bytes.toString('base64');
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
