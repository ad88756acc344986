/** M21, M26: a short run of the faults of one seed; `npm run chaos -- --maintenance` runs others, for as long as wanted. */

import { expect, test } from '@jest/globals';
import { MAINTENANCE_INVARIANTS } from './judge.ts';
import { maintenanceSummary } from './report.ts';
import { runMaintenance } from './run-maintenance.ts';

test('M21, M26: faults by a seed break no invariant of the maintenance of nodes', async () => {
  const lines: string[] = [];
  const options = { seed: 11, minutes: 0.5, nodes: 6, print: (line: string) => void lines.push(line) };
  const result = await runMaintenance(options);
  if (result.findings.some(({ violations }) => violations.length > 0)) {
    throw new Error([...lines, maintenanceSummary(result, options)].join('\n'));
  }
  expect(result.findings.map(({ invariant }) => invariant)).toEqual(Object.keys(MAINTENANCE_INVARIANTS));
  expect(result.findings.filter(({ checked }) => checked === 0)).toEqual([]);
  expect([...result.faults.keys()]).toEqual(expect.arrayContaining(['kill', 'storm', 'guard-terminated', 'asked']));
}, 900_000);
