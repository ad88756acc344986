/** Nodes for the tests of the starter. */

import type { NodeFacts } from '../domain/node/facts.ts';
import { type NodeName, parseNodeName, parseNodeUid } from '../domain/node/identity.ts';

export function nodeName(name: string): NodeName {
  const parsed = parseNodeName(name);
  if (parsed === null) throw new Error(`not a node name: ${name}`);
  return parsed;
}

/** A Windows node that is Ready and not healed, unless said otherwise. */
export function windowsNode(name: string, changes: Partial<NodeFacts> = {}): NodeFacts {
  const uid = parseNodeUid(`uid-of-${name}`);
  if (uid === null) throw new Error('not a uid');
  return {
    name: nodeName(name),
    uid,
    windows: true,
    ready: true,
    healed: false,
    disabled: false,
    readyChangedMs: 1_000,
    ...changes,
  };
}
