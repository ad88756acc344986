/** What the Temporal UI says of a watch of the connectivity from its start on. */

import { formatDuration } from '../../config/schema/keys.ts';
import type { WatchConnectivityInput } from '../../contracts/connectivity/watch-connectivity.ts';

export function summarizeConnectivityWatch({ cluster }: WatchConnectivityInput): string {
  return `Watch the connectivity of the agents of ${cluster}`;
}

/** Markdown, on several lines. */
export function describeConnectivityWatch({ cluster, policy }: WatchConnectivityInput): string {
  const { intervalMs, failuresToAlarm, restartHealing } = policy;
  return [
    `Asks the collector of the cluster **${cluster}** every ${formatDuration(intervalMs)} which agents do not report. It is an alarm after ${failuresToAlarm} bad verdicts in a row, and over after as many good ones; it is told by the search attribute \`VigilanteState\`, and on each node by the condition \`AgentConnectivity\` and an Event.`,
    ...(restartHealing ? ['A Windows node whose agents alarm is healed again.'] : []),
    'To silence it send the signal `pauseWatching`, and later `resumeWatching`: one that is cancelled or terminated is started again within half a minute, unless `connectivity.enabled` is false. The update `evaluateNow` asks at once. These lines tell the policy of the start; the query `connectivityStatus` tells the present one.',
  ].join('\n\n');
}
