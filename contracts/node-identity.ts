/** Checks of the names and uids of nodes that come from outside. */

import { type NodeName, type NodeUid, parseNodeName, parseNodeUid } from '../domain/node/identity.ts';
import { value } from './shape.ts';

export const nodeName = value<NodeName>(
  'a node name (a DNS subdomain of at most 253 characters)',
  (found) => typeof found === 'string' && parseNodeName(found) !== null,
);

export const nodeUid = value<NodeUid>(
  'a node uid',
  (found) => typeof found === 'string' && parseNodeUid(found) !== null,
);
