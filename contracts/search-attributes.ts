/** Search attributes of all workflows (DESIGN 6): registered by worker and starter when missing. */

import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';

export type { SearchAttributePair };

export const VIGILANTE_CLUSTER = defineSearchAttributeKey('VigilanteCluster', 'KEYWORD');
export const VIGILANTE_NODE = defineSearchAttributeKey('VigilanteNode', 'KEYWORD');
export const VIGILANTE_STATE = defineSearchAttributeKey('VigilanteState', 'KEYWORD');

export const SEARCH_ATTRIBUTES = [VIGILANTE_CLUSTER, VIGILANTE_NODE, VIGILANTE_STATE] as const;

/** Field of the memo with the `VigilanteState` that a workflow is started with; missing where it is started without. */
export const STATE_MEMO = 'vigilanteState';

/** Beginning of the patch ids that a worker activates only while the search attributes are not registered. */
export const WITHOUT_SEARCH_ATTRIBUTES = 'without-search-attributes/';
