/** Series of the metrics: the agents of one kind on one node share one, as in the original. */

import type { AgentReport } from '../../contracts/connectivity/agent-report.ts';

/** Value of the label `agent`. */
export function seriesOf({ nodename, podname }: Pick<AgentReport, 'nodename' | 'podname'>): string {
  return `${nodename}-${podname.includes('hostnet') ? 'host_network' : 'private_network'}`;
}
