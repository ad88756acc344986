/** Search attributes of all workflows (DESIGN 6): registered by worker and starter when missing. */

import { defineSearchAttributeKey } from '@temporalio/common';

export const VIGILANTE_CLUSTER = defineSearchAttributeKey('VigilanteCluster', 'KEYWORD');
export const VIGILANTE_NODE = defineSearchAttributeKey('VigilanteNode', 'KEYWORD');
export const VIGILANTE_STATE = defineSearchAttributeKey('VigilanteState', 'KEYWORD');

export const SEARCH_ATTRIBUTES = [VIGILANTE_CLUSTER, VIGILANTE_NODE, VIGILANTE_STATE] as const;
