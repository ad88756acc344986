/** Label selectors: what they mean, and which are none. */

import { expect, test } from '@jest/globals';

import { matchesLabels, parseLabelSelector } from './label-selector.ts';

const LABELS = { agentpool: 'win', 'kubernetes.azure.com/mode': 'user', empty: '' };

test.each<[string, boolean]>([
  ['', true],
  ['agentpool=win', true],
  ['agentpool==win', true],
  ['agentpool = win', true],
  ['agentpool=linux', false],
  ['agentpool!=win', false],
  ['agentpool!=linux', true],
  ['type!=virtual-kubelet', true],
  ['agentpool in (win, other)', true],
  ['agentpool in (other)', false],
  ['agentpool notin (win,other)', false],
  ['agentpool notin (other)', true],
  ['type notin (virtual-kubelet)', true],
  ['type in (virtual-kubelet)', false],
  ['agentpool', true],
  ['type', false],
  ['!type', true],
  ['!agentpool', false],
  ['empty=', true],
  ['agentpool=', false],
  ['toString', false],
  ['kubernetes.azure.com/mode=user', true],
  ['kubernetes.azure.com/mode in (user,system),!type', true],
  ['agentpool in (win,other),type', false],
])('%j selects a node with the labels of this test: %s', (selector, selected) => {
  const requirements = parseLabelSelector(selector);
  expect(requirements === null ? null : matchesLabels(requirements, LABELS)).toBe(selected);
});

test.each([
  'a=b=c',
  'a b',
  'a in',
  'a in b',
  'a in (b',
  'a in (b c)',
  '=b',
  'a,',
  ',a',
  'a=b,,c=d',
  '-a=b',
  `a=${'b'.repeat(64)}`,
  'Example.com/a=b',
  'a/b/c=d',
  'a=!',
  '!',
])('%j is no label selector', (selector) => {
  expect(parseLabelSelector(selector)).toBeNull();
});
