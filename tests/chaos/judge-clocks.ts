/** Invariant i: what the collector says of agents that report, just after a step of its clock. */

import type { ChaosFacts } from './facts.ts';
import type { Finding } from './finding.ts';

export function judgeClocks({ clockChecks }: Pick<ChaosFacts, 'clockChecks'>): Finding {
  const violations = clockChecks.flatMap(({ missing, atMs }) =>
    missing.map((agent) => ({ what: `${agent} reports, and yet it is called missing`, node: null, atMs })),
  );
  const checked = clockChecks.reduce((sum, { agents }) => sum + agents, 0);
  return { invariant: 'i', checked, of: `agents, over ${clockChecks.length} steps of a clock`, violations };
}
