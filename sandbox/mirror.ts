/** Keeps a copy of what the API server has: a list, then a watch, and again when that ends. */

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ApiClient } from './api-client.ts';
import { REAL_NODE_LABEL } from './real-nodes/addresses.ts';

export interface MirrorOptions<Item> {
  readonly path: string;
  /** Encoded, such as `labelSelector=app%3Dagent`. */
  readonly query?: string;
  readonly parse: (object: unknown) => Item;
  /** Called with the whole content after each change. */
  readonly onChange: (items: readonly Item[]) => void;
  readonly onProblem: (error: unknown) => void;
}

/** A real node has a kubelet of its own: nothing is played for it. */
export const SIMULATED_NODES = {
  path: '/api/v1/nodes',
  query: `labelSelector=${encodeURIComponent(`!${REAL_NODE_LABEL}`)}`,
} as const;

/** While the API server is away this is how often it is asked. */
const RETRY_AFTER_MS = 1_000;

const ListSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }), items: z.array(z.unknown()) });
const EventSchema = z.object({ type: z.string(), object: z.unknown() });
const NamedSchema = z.object({ metadata: z.object({ namespace: z.string().default(''), name: z.string() }) });

/** Never resolves. */
export async function mirror<Item>(api: ApiClient, options: MirrorOptions<Item>): Promise<never> {
  for (;;) {
    try {
      await listAndWatch(api, options);
    } catch (error) {
      options.onProblem(error);
    }
    await sleep(RETRY_AFTER_MS);
  }
}

async function listAndWatch<Item>(
  api: ApiClient,
  { path, query = '', parse, onChange }: MirrorOptions<Item>,
): Promise<void> {
  const list = ListSchema.parse((await api.demand('GET', `${path}?${query}`)).body);
  const items = new Map(list.items.map((object) => [keyOf(object), parse(object)]));
  onChange([...items.values()]);
  const version = encodeURIComponent(list.metadata.resourceVersion);
  for await (const line of api.lines(`${path}?${query}&watch=1&resourceVersion=${version}`)) {
    const { type, object } = EventSchema.parse(line);
    // Most often a version that is too old; the list that follows has a new one.
    if (type === 'ERROR') throw new Error(`the watch of ${path} ended: ${JSON.stringify(object)}`);
    if (type === 'DELETED') items.delete(keyOf(object));
    else items.set(keyOf(object), parse(object));
    onChange([...items.values()]);
  }
}

function keyOf(object: unknown): string {
  const { namespace, name } = NamedSchema.parse(object).metadata;
  return `${namespace}/${name}`;
}
