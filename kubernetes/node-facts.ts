/** Reads from a node what the healing needs; whatever is missing or rubbish gives a defined state (H1). */

import { HEALING_SWITCH_ANNOTATION, HEALING_SWITCH_OFF } from '../contracts/names.ts';
import type { NodeFacts } from '../domain/node-facts.ts';
import { parseNodeName, parseNodeUid } from '../domain/node-identity.ts';
import { type HealableNodes, WINDOWS_NODES } from './healable-nodes.ts';
import { conditionOf, type NodeObject } from './objects.ts';

/** How nodes are read: the same in every process of a cluster. */
export interface NodeReading {
  readonly healedAnnotation: string;
  /** Default: all Windows nodes but virtual ones. */
  readonly healable?: HealableNodes;
}

/** Throws where name or uid are missing, which no API server sends. */
export function nodeFacts(
  node: NodeObject,
  healedAnnotation: string,
  healable: HealableNodes = WINDOWS_NODES,
): NodeFacts {
  const { name, uid, annotations } = node.metadata ?? {};
  const parsedName = parseNodeName(name ?? '');
  const parsedUid = parseNodeUid(uid ?? '');
  if (parsedName === null || parsedUid === null) {
    throw new Error(`not a node: name ${JSON.stringify(name)}, uid ${JSON.stringify(uid)}`);
  }
  const ready = conditionOf(node.status?.conditions, 'Ready');
  return {
    name: parsedName,
    uid: parsedUid,
    windows: healable.includes(node),
    ready: ready?.status === 'True',
    healed: annotations?.[healedAnnotation]?.toLowerCase() === 'true',
    disabled: annotations?.[HEALING_SWITCH_ANNOTATION] === HEALING_SWITCH_OFF,
    readyChangedMs: parseTimeMs(ready?.lastTransitionTime),
  };
}

function parseTimeMs(time: string | null | undefined): number | null {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? null : ms;
}
