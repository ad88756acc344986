/** Which reason of the condition follows which (E32). */

import { expect, test } from '@jest/globals';
import { CONDITION_STATUS, type ConditionNews, type ConditionReason, conditionAfter } from './condition.ts';

test.each<[string | null, ConditionNews, ConditionReason | null]>([
  [null, 'begun', 'Healing'],
  ['Healed', 'begun', 'Healing'],
  ['Unproven', 'begun', 'Healing'],
  ['Rebooted', 'begun', null],
  ['Relapsed', 'begun', null],
  ['written by somebody', 'begun', 'Healing'],
  ['Healing', 'Snated', 'Snated'],
  ['Snated', 'Snated', null],
  ['EchoUnreachable', 'Snated', 'Snated'],
  ['Snated', 'judged', null],
  ['EchoUnreachable', 'judged', 'Healing'],
  ['Healing', 'EchoUnreachable', 'EchoUnreachable'],
  ['Snated', 'EchoUnreachable', null],
  ['Snated', 'TimedOut', 'TimedOut'],
  ['TimedOut', 'Snated', null],
  ['TimedOut', 'Unproven', 'Unproven'],
  ['Snated', 'Healed', 'Healed'],
  ['TimedOut', 'Healed', 'Healed'],
  ['Healed', 'Relapsed', 'Relapsed'],
])('E32: after %s a heal that is %s writes %s', (before, news, after) => {
  expect(conditionAfter(before, news)).toBe(after);
});

test.each<ConditionNews>(['judged', 'Snated', 'EchoUnreachable', 'TimedOut'])(
  'E24: a pod that is %s does not take the condition of a healed node away',
  (news) => {
    expect(conditionAfter('Healed', news)).toBeNull();
  },
);

test('E32: only a healed node has the status True', () => {
  const reasons = Object.entries(CONDITION_STATUS).filter(([, status]) => status === 'True');
  expect(reasons).toEqual([['Healed', 'True']]);
});
