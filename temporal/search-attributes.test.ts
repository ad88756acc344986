/** Which search attributes are missing, and which are in the way. */

import { expect, test } from '@jest/globals';

import { planSearchAttributes } from './search-attributes.ts';

const TEXT = 1;
const KEYWORD = 2;
const KEYWORD_LIST = 7;

test('registers only what is missing', () => {
  expect(planSearchAttributes({})).toEqual({
    missing: ['VigilanteCluster', 'VigilanteNode', 'VigilanteState'],
    conflicts: [],
  });
  expect(planSearchAttributes({ VigilanteCluster: KEYWORD, VigilanteState: KEYWORD, Other: TEXT })).toEqual({
    missing: ['VigilanteNode'],
    conflicts: [],
  });
});

test('reports every name that has another type', () => {
  const registered = { VigilanteCluster: KEYWORD, VigilanteNode: TEXT, VigilanteState: KEYWORD_LIST };
  expect(planSearchAttributes(registered)).toEqual({
    missing: [],
    conflicts: ['VigilanteNode is Text', 'VigilanteState is KeywordList'],
  });
});
