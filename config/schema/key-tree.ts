/** Walks the configuration schema: its leaf keys with their notes, and the keys allowed at a path. */

import { z } from 'zod';
import { ConfigSchema } from './config.ts';
import { type KeyNotes, keyNotes } from './keys.ts';

export interface LeafKey {
  /** Dotted, such as `healing.window`. */
  readonly path: string;
  readonly notes: KeyNotes;
}

/** All leaf keys, in the order of the schema. */
export function leafKeys(schema: z.ZodType = ConfigSchema, prefix: readonly string[] = []): LeafKey[] {
  const notes = keyNotes.get(schema);
  if (notes !== undefined) return [{ path: prefix.join('.'), notes }];
  const object = objectOf(schema);
  if (object === null) throw new Error(`the key ${prefix.join('.')} has no notes`);
  return Object.entries<unknown>(object.shape).flatMap(([name, child]) =>
    leafKeys(parseType(child), [...prefix, name]),
  );
}

/** Notes of the leaf at the path, or around it for a part of its value; null above the leaves. */
export function notesAt(path: readonly PropertyKey[]): KeyNotes | null {
  for (let length = path.length; length > 0; length -= 1) {
    const schema = schemaAt(path.slice(0, length));
    const notes = schema === undefined ? undefined : keyNotes.get(schema);
    if (notes !== undefined) return notes;
  }
  return null;
}

/** The keys that an object at the path may have. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  const schema = schemaAt(path);
  const object = schema === undefined ? null : objectOf(schema);
  return object === null ? [] : Object.keys(object.shape);
}

function schemaAt(path: readonly PropertyKey[]): z.ZodType | undefined {
  let schema: z.ZodType | undefined = ConfigSchema;
  for (const step of path) schema = schema === undefined ? undefined : childOf(schema, step);
  return schema;
}

function childOf(schema: z.ZodType, step: PropertyKey): z.ZodType | undefined {
  const bare = unwrapped(schema);
  if (bare instanceof z.ZodArray) return parseType(bare.element);
  const child: unknown = objectOf(bare)?.shape[String(step)];
  return child === undefined ? undefined : parseType(child);
}

function objectOf(schema: z.ZodType): z.ZodObject | null {
  const bare = unwrapped(schema);
  return bare instanceof z.ZodObject ? bare : null;
}

function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) {
    return unwrapped(parseType(schema.unwrap()));
  }
  // What a transformation reads are the keys of the file.
  if (schema instanceof z.ZodPipe) return unwrapped(parseType(schema.in));
  return schema;
}

/** zod types the children of a schema loosely; every schema here is of this class. */
function parseType(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  throw new Error('a child of the schema is no schema');
}
