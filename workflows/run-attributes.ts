/** Search attributes of what a run begins: whoever lists workflows finds all of a run, and all of a node. */

import { patched } from '@temporalio/workflow';
import {
  type SearchAttributePair,
  VIGILANTE_CLUSTER,
  VIGILANTE_NODE,
  VIGILANTE_RUN,
  WITHOUT_SEARCH_ATTRIBUTES,
} from '../contracts/search-attributes.ts';
import type { NodeName } from '../domain/node/identity.ts';

export interface RunSubject {
  readonly run: string;
  readonly cluster: string;
  readonly node?: NodeName;
}

/** Options of a child; none where the worker knows that Temporal would not take them, which the history then says. */
export function runAttributes(
  child: string,
  { run, cluster, node }: RunSubject,
): { readonly typedSearchAttributes?: SearchAttributePair[] } {
  if (patched(`${WITHOUT_SEARCH_ATTRIBUTES}${child}`)) return {};
  const ofNode = node === undefined ? [] : [{ key: VIGILANTE_NODE, value: node }];
  return {
    typedSearchAttributes: [{ key: VIGILANTE_RUN, value: run }, { key: VIGILANTE_CLUSTER, value: cluster }, ...ofNode],
  };
}
