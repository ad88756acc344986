/** Shows that the suite can fail: runs every broken build and demands that its own invariant catches it. */

import { BREAKS, type BreakName, evidenceOfBreak } from './breaks.ts';
import { INVARIANTS } from './finding.ts';
import { PROOF_POLICY } from './policy.ts';
import { runChaos } from './run-chaos.ts';

const SEED = 1;
/** A marked node relapses, falls silent or starts again only in longer ones. */
const MINUTES = { sandbox: 0.2, 'source-address': 0.6 } as const;
const NODES = 8;
/** A broken world need not come to rest. */
const SETTLE_MS = 20_000;

export interface Proof {
  readonly caught: boolean;
  readonly line: string;
}

export async function proveBreak(name: BreakName): Promise<Proof> {
  const { invariant, nextChanges } = BREAKS[name];
  const evidence = evidenceOfBreak(name);
  const { findings, secondsTaken } = await runChaos({
    seed: SEED,
    evidence,
    minutes: MINUTES[evidence],
    nodes: NODES,
    breakName: name,
    calm: true,
    upgrade: nextChanges !== undefined,
    policy: PROOF_POLICY,
    settleMs: SETTLE_MS,
    print: () => {},
  });
  const violated = findings.filter(({ violations }) => violations.length > 0);
  const own = violated.find((finding) => finding.invariant === invariant);
  const others = violated.filter((finding) => finding !== own).map((finding) => `(${finding.invariant})`);
  const said = own?.violations[0]?.what.slice(0, 100) ?? 'NOT CAUGHT';
  const line = proofRow({
    name,
    invariant: `(${invariant}) ${INVARIANTS[invariant]}`,
    seconds: secondsTaken.toFixed(0),
    others: others.join(' ') || '-',
    said,
  });
  return { caught: own !== undefined, line };
}

export const PROOF_HEADER = proofRow({
  name: 'BREAK',
  invariant: 'CAUGHT BY',
  seconds: 'SECONDS',
  others: 'ALSO',
  said: 'FIRST VIOLATION',
});

export function proofRow(
  cells: Readonly<Record<'name' | 'invariant' | 'seconds' | 'others' | 'said', string>>,
): string {
  const { name, invariant, seconds, others, said } = cells;
  return [name.padEnd(20), invariant.padEnd(72), seconds.padEnd(7), others.padEnd(8), said].join('  ');
}
