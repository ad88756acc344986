/** What a run over clusters prints at its end. */

import { faultsLine, findingLines, hasBroken } from '../finding-lines.ts';
import { FLEET_INVARIANTS } from './judge.ts';
import type { FleetChaosResult } from './run-fleet.ts';

export function fleetSummary({ findings, faults }: FleetChaosResult, seed: number): string {
  return [
    '',
    faultsLine(faults),
    ...findingLines(findings, FLEET_INVARIANTS),
    hasBroken(findings) ? `again: npm run chaos -- --upgrade --seed ${seed}` : '',
  ].join('\n');
}
