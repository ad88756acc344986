/** Reads nodes for their maintenance, and writes their mark and cordon: each change in one patch of that uid and version. */

import { formatMark } from '../../contracts/maintenance/mark.ts';
import {
  KEEP_NODE_ANNOTATIONS,
  MAINTENANCE_ANNOTATION,
  MAINTENANCE_FIELD_MANAGER,
} from '../../contracts/maintenance/names.ts';
import type { MaintenanceMark } from '../../domain/maintenance/facts.ts';
import type { NodeLoss } from '../../domain/maintenance/progress.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import { ClusterError } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { parseNode } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';
import type { NodeReading } from '../nodes/facts.ts';
import { NODES, type NodeWrite, readNode, writeNode } from '../nodes/nodes.ts';
import { type MaintenanceNode, maintenanceNode } from './node-facts.ts';

export type FoundNode = NodeLoss | { readonly kind: 'present'; readonly node: MaintenanceNode };

export interface MaintenanceNodes {
  /** Asks the API server. */
  find(node: NodeRef): Promise<FoundNode>;
  /** All nodes, page by page. */
  list(): Promise<readonly MaintenanceNode[]>;
  /**
   * What `next` makes of the node as it is, in one patch; null leaves it alone. Read again where others wrote the node in
   * between.
   */
  change(node: NodeRef, next: (node: MaintenanceNode) => Promise<NodeChange | null>): Promise<FoundNode>;
}

export interface NodeChange extends Pick<NodeWrite, 'annotations' | 'unschedulable' | 'timeoutSeconds'> {}

/** Others write nodes every few seconds: the kubelet its status, controllers their annotations. */
const TRIES_MAX = 10;

export function createMaintenanceNodes(connection: ClusterConnection, reading: NodeReading): MaintenanceNodes {
  const parse = (body: unknown) => maintenanceNode(parseNode(body), reading);

  async function find(ref: NodeRef): Promise<FoundNode> {
    const body = await readNode(connection, ref.name);
    if (body === null) return { kind: 'gone' };
    const node = parse(body);
    return node.facts.uid === ref.uid ? { kind: 'present', node } : { kind: 'replaced', uid: node.facts.uid };
  }

  return {
    find,
    async list() {
      const nodes: MaintenanceNode[] = [];
      for await (const { items } of resourceOf(connection, NODES).pages()) {
        nodes.push(...items.map((item) => maintenanceNode(item, reading)));
      }
      return nodes;
    },
    async change(ref, next) {
      for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
        const found = await find(ref);
        if (found.kind !== 'present') return found;
        const change = await next(found.node);
        if (change === null) return found;
        const { version } = found.node;
        const result = await writeNode(connection, ref, {
          ...change,
          version,
          fieldManager: MAINTENANCE_FIELD_MANAGER,
        });
        if (result.kind === 'written') return { kind: 'present', node: parse(result.body) };
      }
      const message = `patch nodes ${ref.name}: others wrote it ${TRIES_MAX} times in between`;
      throw new ClusterError({ kind: 'unreachable', message });
    },
  };
}

/** The API server gives up after so long: then the guard that knew of the slot has not been away for longer. */
const MARK_TIMEOUT_SECONDS = 10;

/** Mark and cordon in one patch (M11). Annotations that keep others off are set where they are absent. */
export function markChange(mark: MaintenanceMark): NodeChange {
  const kept = Object.entries(KEEP_NODE_ANNOTATIONS).filter(([key]) => mark.added.includes(key));
  return {
    annotations: { ...Object.fromEntries(kept), [MAINTENANCE_ANNOTATION]: formatMark(mark) },
    ...(mark.cordoned ? { unschedulable: true } : {}),
    timeoutSeconds: MARK_TIMEOUT_SECONDS,
  };
}

/** Keys of the annotations that a mark would add to this node. */
export function annotationsToAdd({ annotations }: MaintenanceNode): readonly string[] {
  return Object.keys(KEEP_NODE_ANNOTATIONS).filter((key) => annotations[key] === undefined);
}

/** Takes away what the mark says that was added; the cordon only where it is said. */
export function unmarkChange(mark: MaintenanceMark, { uncordons }: { readonly uncordons: boolean }): NodeChange {
  const keys = [MAINTENANCE_ANNOTATION, ...mark.added];
  return {
    annotations: Object.fromEntries(keys.map((key) => [key, null])),
    ...(uncordons ? { unschedulable: null } : {}),
  };
}
