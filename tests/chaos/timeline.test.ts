/** How much of a time no fault excuses. */

import { expect, test } from '@jest/globals';
import { type ChaosPodLife, podOverlaps } from './pod-lives.ts';
import { undisturbedMs } from './timeline.ts';

test.each([
  { faults: [], afterMs: 0, quietMs: 10 },
  { faults: [[0, 110]], afterMs: 0, quietMs: 0 },
  { faults: [[0, 100]], afterMs: 0, quietMs: 10 },
  { faults: [[102, 104]], afterMs: 0, quietMs: 8 },
  { faults: [[102, 104]], afterMs: 3, quietMs: 5 },
  { faults: [[90, 99]], afterMs: 3, quietMs: 8 },
  {
    faults: [
      [104, 106],
      [102, 108],
    ],
    afterMs: 0,
    quietMs: 4,
  },
  { faults: [[105, Number.POSITIVE_INFINITY]], afterMs: 0, quietMs: 5 },
  { faults: [[110, 120]], afterMs: 0, quietMs: 10 },
])('of ten milliseconds with faults $faults, felt for $afterMs more, $quietMs are quiet', (row) => {
  const faults = row.faults.map(([fromMs = 0, untilMs = 0]) => ({ fromMs, untilMs }));
  expect(undisturbedMs({ fromMs: 100, untilMs: 110 }, faults, row.afterMs)).toBe(row.quietMs);
});

test('pods overlap on the same node only, and a pod that is there lasts until now', () => {
  const life = (nodeUid: string, createdMs: number, goneMs: number | null): ChaosPodLife => {
    return {
      node: 'n',
      nodeUid,
      name: `p${createdMs}`,
      uid: `${createdMs}`,
      attempt: 1,
      createdMs,
      goneMs,
      proven: false,
    };
  };
  const lives = [life('a', 0, 10), life('a', 10, 20), life('a', 15, null), life('b', 16, null)];
  expect(podOverlaps(lives, 30)).toEqual([{ node: 'n', fromMs: 15, untilMs: 20, pods: 'p10 and p15' }]);
});
