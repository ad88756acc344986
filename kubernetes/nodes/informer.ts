/**
 * Keeps the facts of all Windows nodes and reports changes; begins again whenever the API server fails, without end.
 *
 * client-node's informer stops for good after an error and keeps whole nodes; this one keeps a few fields of each.
 */

import type { NodeFacts } from '../../domain/node/facts.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { conditionOf, type NodeObject } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';
import type { ResourceNotice } from '../client/resource-watch.ts';
import { type InformerHealth, watchForever } from '../client/watch-forever.ts';
import { WINDOWS_NODES } from '../healing/healable-nodes.ts';
import { createDepartures, type Departures } from './departures.ts';
import { type NodeReading, nodeFacts } from './facts.ts';
import { createKnownNodes, type KnownNodes, type NodeListener } from './known-nodes.ts';
import { type NodeNetwork, nodeNetwork } from './network.ts';
import { createNodes, NODES } from './nodes.ts';

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
  /** What the node says about its network; undefined where it is not known. */
  network(name: NodeName): NodeNetwork | undefined;
  /** Reason of the condition of `options.condition`; null where the node has none, undefined where it is not known. */
  conditionReason(name: NodeName): string | null | undefined;
  /** The node that has this address, in the spelling of `normalAddress`. */
  nodeAt(address: string): NodeName | undefined;
  /** Called for each node whose facts differ from those known, the first list included. Returns what unsubscribes. */
  onChange(listener: NodeListener): () => void;
}

export interface NodeInformerOptions extends NodeReading {
  readonly onError?: (message: string) => void;
  /** Ceiling of the pause between tries; default 10 s. */
  readonly pauseMaxMs?: number;
  /** Whether to ask about nodes that left the watch and report the answers; default true. */
  readonly asksAboutDepartures?: boolean;
  /** Type of a condition whose reason is kept. */
  readonly condition?: string | undefined;
}

const DEFAULT_PAUSE_MAX_MS = 10_000;

export function createNodeInformer(connection: ClusterConnection, options: NodeInformerOptions): NodeInformer {
  const { healable = WINDOWS_NODES, onError = () => {}, asksAboutDepartures = true } = options;
  const { labelSelector } = healable;
  const pauseMaxMs = options.pauseMaxMs ?? DEFAULT_PAUSE_MAX_MS;
  const known = createKnownNodes(onError);
  const networks = new Map<NodeName, NodeNetwork>();
  const reasons = new Map<NodeName, string | null>();
  const firstList = Promise.withResolvers<void>();
  // It is rejected where the informer is stopped first, and need not be awaited.
  firstList.promise.catch(() => undefined);
  const watch = watchForever<NodeFacts>({
    resource: resourceOf(connection, NODES),
    plural: NODES.plural,
    selection: { labelSelector },
    read(node: NodeObject) {
      const facts = nodeFacts(node, options);
      networks.set(facts.name, nodeNetwork(node));
      const { condition } = options;
      if (condition !== undefined) {
        reasons.set(facts.name, conditionOf(node.status?.conditions, condition)?.reason ?? null);
      }
      return facts;
    },
    onError,
    pauseMaxMs,
    onNotice(notice) {
      applyNotice({ known, departures }, notice);
      if (notice.kind !== 'set') {
        for (const name of networks.keys()) {
          if (known.get(name) !== undefined) continue;
          networks.delete(name);
          reasons.delete(name);
        }
      }
      if (notice.kind === 'listed') firstList.resolve();
    },
  });
  const departures = asksAboutDepartures
    ? createDepartures({
        nodes: createNodes(connection, options),
        signal: watch.signal,
        pauseMaxMs,
        onError,
        onAnswer: (name, observation) => known.report({ name, observation }),
      })
    : null;

  return {
    start: () => watch.start(),
    async stop() {
      firstList.reject(new Error('the informer was stopped before its first list'));
      await watch.stop('the informer was stopped');
    },
    synced: () => watch.health().synced,
    untilSynced: () => firstList.promise,
    health: () => watch.health(),
    get: (name) => known.get(name),
    list: () => known.list(),
    network: (name) => networks.get(name),
    conditionReason: (name) => reasons.get(name),
    nodeAt(address) {
      for (const [name, { addresses }] of networks) if (addresses.includes(address)) return name;
      return undefined;
    },
    onChange: (listener) => known.subscribe(listener),
  };
}

interface NoticeContext {
  readonly known: KnownNodes;
  readonly departures: Departures | null;
}

function applyNotice({ known, departures }: NoticeContext, notice: ResourceNotice<NodeFacts>): void {
  const leave = (name: NodeName) => {
    if (known.remove(name)) departures?.add(name);
  };
  const set = (facts: NodeFacts) => {
    departures?.cancel(facts.name);
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
