/** Shows that the judge of maintenance can fail: each broken build must be caught by its own invariant. */

import { changedCheckout } from '../checkouts.ts';
import { type Proof, proofRow } from '../prove.ts';
import { MAINTENANCE_BREAKS, type MaintenanceBreakName } from './breaks.ts';
import { MAINTENANCE_INVARIANTS } from './judge.ts';
import { runMaintenance } from './run-maintenance.ts';

const SEED = 1;
/** By its end nodes are in work: a world in which nothing has begun is at rest, too. */
const MINUTES = 0.8;
/** More in each zone than the budget allows. */
const NODES = 12;
/** A broken world need not come to rest; one that holds a node for its Event does. */
const SETTLE_MS = 120_000;
/** Its act succeeds and it does not start again. Of the first zone, so that its turn comes early. */
const MACHINES = { 'lin-4': 'lies' } as const;

export async function proveMaintenanceBreak(name: MaintenanceBreakName): Promise<Proof> {
  const startedMs = Date.now();
  const { invariant, change } = MAINTENANCE_BREAKS[name];
  const checkout = await changedCheckout([change]);
  try {
    const { findings } = await runMaintenance({
      seed: SEED,
      minutes: MINUTES,
      nodes: NODES,
      machines: MACHINES,
      settleMs: SETTLE_MS,
      checkout: checkout.folder,
      print: () => {},
    });
    const violated = findings.filter(({ violations }) => violations.length > 0);
    const own = violated.find((finding) => finding.invariant === invariant);
    const others = violated.filter((finding) => finding !== own).map((finding) => `(${finding.invariant})`);
    const line = proofRow({
      name,
      invariant: `(${invariant}) ${MAINTENANCE_INVARIANTS[invariant]}`,
      seconds: ((Date.now() - startedMs) / 1_000).toFixed(0),
      others: others.join(' ') || '-',
      said: own?.violations[0]?.slice(0, 100) ?? 'NOT CAUGHT',
    });
    return { caught: own !== undefined, line };
  } finally {
    checkout.remove();
  }
}
