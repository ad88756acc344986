/** Lists the agents' custom resources page by page, and watches them. */

import type { ClusterConnection } from './connection.ts';
import { readLines } from './lines.ts';

/** As far as it is looked at here; what is in `spec` and `status` is for the reader to check. */
export interface AgentObject {
  readonly name: string;
  readonly spec: unknown;
  readonly status: unknown;
}

export interface AgentWatch {
  readonly signal: AbortSignal;
  /** All objects as they are now. */
  readonly onListed: (objects: readonly AgentObject[]) => void;
  readonly onSet: (object: AgentObject) => void;
  readonly onRemoved: (name: string) => void;
}

export interface AgentPlace {
  readonly connection: ClusterConnection;
  /** Path of the resource in its namespace. */
  readonly collection: string;
  readonly namespace: string;
}

export const AGENT_RESOURCE = 'agents';

const LIST_PAGE_SIZE = 500;
/** A list ends here, at half a million objects. */
const LIST_PAGES_MAX = 1_000;
const WATCH_SECONDS_MIN = 300;
/** Bookmarks come about each minute: a watch that is silent for longer than two is dead. */
const SILENCE_MAX_MS = 150_000;

export async function listAgents(
  { connection, collection, namespace }: AgentPlace,
  { onListed }: AgentWatch,
): Promise<string> {
  const objects: AgentObject[] = [];
  let resourceVersion = '';
  let position: Record<string, string> = {};
  for (let page = 0; page < LIST_PAGES_MAX; page += 1) {
    const body = await connection.send({
      ...{ verb: 'list', resource: AGENT_RESOURCE, object: `in ${namespace}`, method: 'GET', path: collection },
      query: { limit: String(LIST_PAGE_SIZE), ...position },
    });
    const { items, metadata } = parseList(body);
    objects.push(...items);
    resourceVersion = metadata.resourceVersion ?? '';
    if (!metadata.continue) break;
    position = { continue: metadata.continue };
  }
  onListed(objects);
  return resourceVersion;
}

/** Resolves with the last resource version seen when the API server ends the watch in order. */
export async function watchAgents(place: AgentPlace, watch: AgentWatch, fromVersion: string): Promise<string> {
  const { connection, collection, namespace } = place;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`nothing heard for ${SILENCE_MAX_MS} ms`)), SILENCE_MAX_MS);
  const timeoutSeconds = String(Math.round(WATCH_SECONDS_MIN * (1 + Math.random() / 2)));
  let resourceVersion = fromVersion;
  try {
    const body = await connection.stream(
      {
        ...{ verb: 'watch', resource: AGENT_RESOURCE, object: `in ${namespace}`, method: 'GET', path: collection },
        query: { watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds },
      },
      AbortSignal.any([watch.signal, silence.signal]),
    );
    for await (const line of readLines(body)) {
      timer.refresh();
      const { type, object, version } = parseWatchEvent(line);
      resourceVersion = version ?? resourceVersion;
      if (type === 'DELETED') watch.onRemoved(object.name);
      else if (type !== 'BOOKMARK') watch.onSet(object);
    }
    return resourceVersion;
  } finally {
    clearTimeout(timer);
  }
}

interface RawObject {
  readonly metadata?: { readonly name?: string; readonly resourceVersion?: string };
  readonly spec?: unknown;
  readonly status?: unknown;
}

interface AgentList {
  readonly items: readonly AgentObject[];
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
}

function parseList(body: unknown): AgentList {
  if (typeof body !== 'object' || body === null || !('items' in body)) {
    throw new Error(`list ${AGENT_RESOURCE}: the API server answered ${JSON.stringify(body).slice(0, 80)}`);
  }
  const { items, metadata } = body as { items: readonly RawObject[] | null; metadata?: AgentList['metadata'] };
  return { items: (items ?? []).map(agentObject), metadata: metadata ?? {} };
}

function parseWatchEvent(line: string): { type: string; object: AgentObject; version: string | undefined } {
  const event: unknown = JSON.parse(line);
  if (typeof event !== 'object' || event === null || !('type' in event) || !('object' in event)) {
    throw new Error(`watch ${AGENT_RESOURCE}: not a watch event: ${line.slice(0, 80)}`);
  }
  const { type, object } = event as { type: string; object: RawObject };
  if (type === 'ERROR') throw new Error(`watch ${AGENT_RESOURCE}: the API server sent ${line.slice(0, 300)}`);
  return { type, object: agentObject(object), version: object.metadata?.resourceVersion };
}

function agentObject({ metadata, spec, status }: RawObject): AgentObject {
  return { name: metadata?.name ?? '', spec, status };
}
