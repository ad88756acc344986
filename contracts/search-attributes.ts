/** Search attributes of all workflows (DESIGN 6): registered by each process when missing. */

import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';

export type { SearchAttributePair };

export const VIGILANTE_CLUSTER = defineSearchAttributeKey('VigilanteCluster', 'KEYWORD');
export const VIGILANTE_NODE = defineSearchAttributeKey('VigilanteNode', 'KEYWORD');
export const VIGILANTE_STATE = defineSearchAttributeKey('VigilanteState', 'KEYWORD');

/** Name of the run that a maintenance or an upgrade belongs to. */
export const VIGILANTE_RUN = defineSearchAttributeKey('VigilanteRun', 'KEYWORD');

export type KeywordAttribute = typeof VIGILANTE_CLUSTER;
export const SEARCH_ATTRIBUTES: readonly KeywordAttribute[] = [VIGILANTE_CLUSTER, VIGILANTE_NODE, VIGILANTE_STATE];
/** Of the processes that maintain: who only heals does not need to have it registered. */
export const MAINTENANCE_SEARCH_ATTRIBUTES: readonly KeywordAttribute[] = [...SEARCH_ATTRIBUTES, VIGILANTE_RUN];

/** Field of the memo with the `VigilanteState` that a workflow is started with; missing where it is started without. */
export const STATE_MEMO = 'vigilanteState';

/** Beginning of the patch ids that a worker activates only while the search attributes are not registered. */
export const WITHOUT_SEARCH_ATTRIBUTES = 'without-search-attributes/';
