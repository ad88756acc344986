/** What the options of `up` and `demo` say about nodes and evidence. */

import { expect, test } from '@jest/globals';
import { evidenceOptions, nodePlan, type WorldOptions } from './options.ts';

const OPTIONS: WorldOptions = { nodes: 3, agents: 0 };

test.each<[string, Partial<WorldOptions>, readonly string[]]>([
  ['prove', {}, ['proving', 'proving', 'proving']],
  ['prove where pods do not dial', { evidence: 'sandbox', window: '2m' }, ['proving', 'proving', 'proving']],
  [
    'are cured after half of the window, every other one, where pods dial',
    { evidence: 'source-address', window: '2m' },
    ['proving', 'snat:60s', 'proving'],
  ],
  ['prove where the window is not known', { evidence: 'source-address' }, ['proving', 'proving', 'proving']],
  [
    'behave as they are told, in turn',
    { evidence: 'source-address', window: '2m', behaviours: ['mute', 'lying'] },
    ['mute', 'lying', 'mute'],
  ],
])('nodes %s', (_title, more, behaviours) => {
  expect(nodePlan({ ...OPTIONS, ...more })).toEqual(
    behaviours.map((behaviour, index) => ({ name: `win-${index + 1}`, behaviour })),
  );
});

test('only evidence that needs an echo asks the sandbox for it', () => {
  expect(evidenceOptions({ ...OPTIONS, evidence: 'source-address' })).toEqual({ evidence: 'source-address' });
  expect(evidenceOptions({ ...OPTIONS, evidence: 'sandbox' })).toEqual({});
  expect(evidenceOptions(OPTIONS)).toEqual({});
});
