/**
 * Keeps the facts of all Windows nodes and tells what changed; begins anew for ever when the API server fails.
 *
 * client-node's informer stops for good after an error and keeps whole nodes; this one keeps a few fields of each.
 */

import type { NodeFacts } from '../../domain/node/facts.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { clusterFailure } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import type { NodeObject } from '../client/objects.ts';
import { backoffMs, pause } from '../client/pause.ts';
import { isExpired, listAndWatch, type ResourceNotice } from '../client/resource-watch.ts';
import { WINDOWS_NODES } from '../healing/healable-nodes.ts';
import { createDepartures, type Departures } from './departures.ts';
import { type NodeReading, nodeFacts } from './facts.ts';
import { createKnownNodes, type KnownNodes, type NodeListener } from './known-nodes.ts';
import { createNodes } from './nodes.ts';

export interface InformerHealth {
  readonly synced: boolean;
  /** When the API server last sent anything; bookmarks come each minute. Null before the first list. */
  readonly lastEventMs: number | null;
  readonly failuresInARow: number;
  readonly lastError: string | null;
}

export interface NodeInformer {
  start(): void;
  /** Resolves when the watch has ended. */
  stop(): Promise<void>;
  synced(): boolean;
  /** Resolves after the first list; rejects when stopped before. */
  untilSynced(): Promise<void>;
  health(): InformerHealth;
  get(name: NodeName): NodeFacts | undefined;
  list(): NodeFacts[];
  /** Called for each node whose facts differ from those known, the first list included. Returns what unsubscribes. */
  onChange(listener: NodeListener): () => void;
}

export interface NodeInformerOptions extends NodeReading {
  readonly onError?: (message: string) => void;
  /** Ceiling of the pause between tries; default 10 s. */
  readonly pauseMaxMs?: number;
}

const DEFAULT_PAUSE_MAX_MS = 10_000;
const NODES = { resource: 'nodes', path: '/api/v1/nodes' };

export function createNodeInformer(connection: ClusterConnection, options: NodeInformerOptions): NodeInformer {
  const { healable = WINDOWS_NODES, onError = () => {} } = options;
  const { labelSelector } = healable;
  const pauseMaxMs = options.pauseMaxMs ?? DEFAULT_PAUSE_MAX_MS;
  const stopping = new AbortController();
  const { signal } = stopping;
  const known = createKnownNodes(onError);
  const departures = createDepartures({
    ...{ nodes: createNodes(connection, options), signal, pauseMaxMs, onError },
    onAnswer: (name, observation) => known.tell({ name, observation }),
  });
  const firstList = Promise.withResolvers<void>();
  // Nobody has to wait for it.
  firstList.promise.catch(() => undefined);
  let health: InformerHealth = { synced: false, lastEventMs: null, failuresInARow: 0, lastError: null };
  let running: Promise<void> | null = null;

  const read = (node: NodeObject) => nodeFacts(node, options);
  const onNotice = (notice: ResourceNotice<NodeFacts>) => {
    applyNotice({ known, departures }, notice);
    if (notice.kind !== 'listed') return;
    health = { ...health, synced: true, lastEventMs: Date.now() };
    firstList.resolve();
  };
  const onAlive = () => {
    health = { ...health, lastEventMs: Date.now(), failuresInARow: 0, lastError: null };
  };

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await listAndWatch({ connection, ...NODES, labelSelector, signal, read, onNotice, onAlive });
      } catch (error) {
        if (signal.aborted) break;
        const { failuresInARow: failures } = health;
        const lastError = isExpired(error) ? health.lastError : clusterFailure(error).message;
        if (lastError !== null) onError(`nodes are not watched: ${lastError}`);
        health = { ...health, failuresInARow: failures + 1, lastError };
        await pause(backoffMs({ failures, maxMs: pauseMaxMs }), signal);
      }
    }
  }

  return {
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort(new Error('the informer was stopped'));
      firstList.reject(new Error('the informer was stopped before its first list'));
      await running;
    },
    synced: () => health.synced,
    untilSynced: () => firstList.promise,
    health: () => health,
    get: (name) => known.get(name),
    list: () => known.list(),
    onChange: (listener) => known.subscribe(listener),
  };
}

interface NoticeContext {
  readonly known: KnownNodes;
  readonly departures: Departures;
}

function applyNotice({ known, departures }: NoticeContext, notice: ResourceNotice<NodeFacts>): void {
  const leave = (name: NodeName) => {
    if (known.remove(name)) departures.add(name);
  };
  const set = (facts: NodeFacts) => {
    departures.cancel(facts.name);
    known.set(facts);
  };
  if (notice.kind === 'set') set(notice.value);
  else if (notice.kind === 'left') leave(notice.value.name);
  else {
    const names = new Set(notice.values.map(({ name }) => name));
    notice.values.forEach(set);
    for (const { name } of known.list()) if (!names.has(name)) leave(name);
  }
}
