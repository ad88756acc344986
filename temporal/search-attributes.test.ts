/** Which search attributes are missing, and which are in the way. */

import { expect, test } from '@jest/globals';

import { MAINTENANCE_SEARCH_ATTRIBUTES, SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { planSearchAttributes } from './search-attributes.ts';

const TEXT = 1;
const KEYWORD = 2;
const KEYWORD_LIST = 7;

test('registers only what is missing', () => {
  expect(planSearchAttributes(SEARCH_ATTRIBUTES, {})).toEqual({
    missing: ['VigilanteCluster', 'VigilanteNode', 'VigilanteState'],
    conflicts: [],
  });
  const some = { VigilanteCluster: KEYWORD, VigilanteState: KEYWORD, Other: TEXT };
  expect(planSearchAttributes(MAINTENANCE_SEARCH_ATTRIBUTES, some)).toEqual({
    missing: ['VigilanteNode', 'VigilanteRun'],
    conflicts: [],
  });
});

test('reports every name that has another type', () => {
  const registered = { VigilanteCluster: KEYWORD, VigilanteNode: TEXT, VigilanteState: KEYWORD_LIST };
  expect(planSearchAttributes(SEARCH_ATTRIBUTES, registered)).toEqual({
    missing: [],
    conflicts: ['VigilanteNode is Text', 'VigilanteState is KeywordList'],
  });
});
