/** The output of `vigilante reboots`. */

import { expect, test } from '@jest/globals';
import type { RebootStatus } from '../../contracts/maintenance/watch-reboots.ts';
import { nodeName } from '../../tests/fixtures/nodes.ts';
import { renderReboots } from './reboots-command.ts';

const STATUS: RebootStatus = {
  cluster: 'weu',
  pause: { by: 'anna', reason: 'audit', untilMs: Date.UTC(2026, 5, 11) },
  lookedMs: Date.UTC(2026, 5, 10, 12),
  nextLookMs: Date.UTC(2026, 5, 10, 12, 5),
  problem: null,
  requiredCount: 2,
  unknownCount: 1,
  ineffectiveCount: 1,
  inWork: ['lin-1'],
  rows: [
    { node: nodeName('lin-1'), group: 'workers', kind: 'in-work', reason: 'a maintenance of it is under way' },
    { node: nodeName('lin-2'), group: 'workers', kind: 'ineffective', reason: 'it was rebooted' },
  ],
};

test('the table has what is so of the cluster, then each node with its reason', () => {
  expect(renderReboots(STATUS, 'table').split('\n')).toEqual([
    'Of the nodes of weu, 2 need a reboot.',
    'Of 1 no agent says whether they do.',
    'A reboot did not help 1.',
    'Paused until 2026-06-11 00:00:00 UTC by anna: audit.',
    'In maintenance: lin-1.',
    'Last look: 2026-06-10 12:00:00 UTC. Next look: 2026-06-10 12:05:00 UTC.',
    '',
    'NODE   GROUP    STATE        REASON',
    'lin-1  workers  in-work      a maintenance of it is under way',
    'lin-2  workers  ineffective  it was rebooted',
    '',
  ]);
});

test('without a look, and without nodes, there is no table', () => {
  const fresh = { ...STATUS, lookedMs: null, rows: [] };
  expect(renderReboots(fresh, 'table')).toBe('The nodes of weu have not been looked at yet.\n');
});

test('as JSON it is the status itself', () => {
  expect(JSON.parse(renderReboots(STATUS, 'json'))).toEqual(STATUS);
});
