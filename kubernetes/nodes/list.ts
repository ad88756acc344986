/** Lists the facts of all Windows nodes once, page by page: for commands, which keep no informer. */

import type { NodeFacts } from '../../domain/node/facts.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { parsePage } from '../client/objects.ts';
import { WINDOWS_NODES } from '../healing/healable-nodes.ts';
import { type NodeReading, nodeFacts } from './facts.ts';

const PAGE_SIZE = '500';
/** A list ends here, at ten times the nodes that Kubernetes supports. */
const PAGES_MAX = 100;

export async function listWindowsNodes(connection: ClusterConnection, reading: NodeReading): Promise<NodeFacts[]> {
  const { labelSelector } = reading.healable ?? WINDOWS_NODES;
  const found: NodeFacts[] = [];
  let position = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const body = await connection.send({
      ...{ verb: 'list', resource: 'nodes', object: `with ${labelSelector}`, method: 'GET', path: '/api/v1/nodes' },
      query: { labelSelector, limit: PAGE_SIZE, ...(position === '' ? {} : { continue: position }) },
    });
    const { items, continueToken } = parsePage(body);
    found.push(...items.map((node) => nodeFacts(node, reading)).filter(({ windows }) => windows));
    position = continueToken;
    if (position === '') break;
  }
  return found;
}
