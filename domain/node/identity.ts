/** Names and uids of nodes, branded so that the two cannot be swapped. */

declare const brand: unique symbol;

/** `metadata.name` of a node: a DNS subdomain of at most 253 characters. */
export type NodeName = string & { readonly [brand]: 'NodeName' };

/** `metadata.uid` of a node; a node that is deleted and recreated under its name has another. */
export type NodeUid = string & { readonly [brand]: 'NodeUid' };

/** One node: another one under the same name is not it. */
export interface NodeRef {
  readonly name: NodeName;
  readonly uid: NodeUid;
}

export const NODE_NAME_LENGTH_MAX = 253;

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Returns null where the API server would refuse the name. */
export function parseNodeName(value: string): NodeName | null {
  return value.length <= NODE_NAME_LENGTH_MAX && DNS_SUBDOMAIN.test(value) ? (value as NodeName) : null;
}

/** Uids are opaque to clients: any non-empty text of at most 253 characters is one. */
export function parseNodeUid(value: string): NodeUid | null {
  return value.length > 0 && value.length <= NODE_NAME_LENGTH_MAX ? (value as NodeUid) : null;
}
