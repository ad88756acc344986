/** Invariant g: what the collector acknowledged against what it still knew after each start. */

import type { ChaosFacts } from './facts.ts';
import type { Finding } from './finding.ts';

export function judgeReports({ storeChecks, withoutToken, judgedMs }: ChaosFacts): Finding {
  const lost = storeChecks.flatMap(({ lost, atMs }) => lost.map((what) => ({ what, node: null, atMs })));
  const taken = withoutToken.get(200) ?? 0;
  const intruded =
    taken === 0 ? [] : [{ what: `${taken} reports without a token were taken`, node: null, atMs: judgedMs }];
  const checked = storeChecks.reduce((sum, { agents }) => sum + agents, 0);
  return {
    invariant: 'g',
    checked,
    of: `agents, over ${storeChecks.length} restarts of the collector`,
    violations: [...lost, ...intruded],
  };
}
