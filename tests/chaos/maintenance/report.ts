/** What a run of maintenance prints at its end. */

import { MAINTENANCE_INVARIANTS, type MaintenanceFinding } from './judge.ts';
import type { MaintenanceChaosOptions, MaintenanceChaosResult } from './run-maintenance.ts';

const VIOLATIONS_TOLD_MAX = 10;

export function hasBrokenMaintenance(findings: readonly MaintenanceFinding[]): boolean {
  return findings.some(({ violations, checked }) => violations.length > 0 || checked === 0);
}

export function maintenanceSummary(
  { findings, faults, rebooted, held }: MaintenanceChaosResult,
  { seed, minutes, nodes }: Pick<MaintenanceChaosOptions, 'seed' | 'minutes' | 'nodes'>,
): string {
  const told = [...faults].toSorted(([one], [other]) => one.localeCompare(other));
  return [
    '',
    `faults: ${told.map(([kind, count]) => `${count} ${kind}`).join(', ') || 'none'}`,
    `machines: ${rebooted} boots, ${held} held at the end`,
    ...findings.map(findingLine),
    ...findings.flatMap(({ invariant, violations }) =>
      violations.slice(0, VIOLATIONS_TOLD_MAX).map((what) => `VIOLATION (${invariant}) ${what}`),
    ),
    hasBrokenMaintenance(findings)
      ? `again: npm run chaos -- --maintenance --seed ${seed} --minutes ${minutes} --nodes ${nodes}`
      : '',
  ].join('\n');
}

function findingLine({ invariant, checked, violations }: MaintenanceFinding): string {
  const count = violations.length;
  const verdict = count > 0 ? `${count} VIOLATIONS` : checked === 0 ? 'CHECKED NOTHING' : 'holds';
  return `(${invariant}) ${MAINTENANCE_INVARIANTS[invariant]}: ${verdict}; checked ${checked}`;
}
