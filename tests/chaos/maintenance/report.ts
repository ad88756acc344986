/** What a run of maintenance prints at its end. */

import { faultsLine, findingLines, hasBroken } from '../finding-lines.ts';
import { MAINTENANCE_INVARIANTS } from './judge.ts';
import type { MaintenanceChaosOptions, MaintenanceChaosResult } from './run-maintenance.ts';

export function maintenanceSummary(
  { findings, faults, rebooted, held }: MaintenanceChaosResult,
  { seed, minutes, nodes }: Pick<MaintenanceChaosOptions, 'seed' | 'minutes' | 'nodes'>,
): string {
  return [
    '',
    faultsLine(faults),
    `machines: ${rebooted} boots, ${held} held at the end`,
    ...findingLines(findings, MAINTENANCE_INVARIANTS),
    hasBroken(findings)
      ? `again: npm run chaos -- --maintenance --seed ${seed} --minutes ${minutes} --nodes ${nodes}`
      : '',
  ].join('\n');
}
