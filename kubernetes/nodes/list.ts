/** Lists the facts of all Windows nodes once, page by page: for commands, which keep no informer. */

import type { NodeFacts } from '../../domain/node/facts.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { resourceOf } from '../client/resource.ts';
import { WINDOWS_NODES } from '../healing/healable-nodes.ts';
import { type NodeReading, nodeFacts } from './facts.ts';
import { NODES } from './nodes.ts';

export async function listWindowsNodes(connection: ClusterConnection, reading: NodeReading): Promise<NodeFacts[]> {
  const { labelSelector } = reading.healable ?? WINDOWS_NODES;
  const found: NodeFacts[] = [];
  for await (const { items } of resourceOf(connection, NODES).pages({ labelSelector })) {
    found.push(...items.map((node) => nodeFacts(node, reading)).filter(({ windows }) => windows));
  }
  return found;
}
