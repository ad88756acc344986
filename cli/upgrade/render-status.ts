/** Shows the status of an upgrade as text or JSON. */

import type { UpgradeClusterStatus } from '../../contracts/upgrade/cluster-status.ts';
import type { UpgradeFormat } from './formats.ts';

const NODES_SHOWN_MAX = 20;

export function renderUpgrade(status: UpgradeClusterStatus, format: UpgradeFormat): string {
  if (format === 'json') return `${JSON.stringify(status, null, 2)}\n`;
  const { run, cluster, versions, startedBy, startedMs, state, wave, counts, leftCount, inWork, waitsFor } = status;
  const ended = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
  return [
    `run ${run} takes ${cluster} to ${versions.kubernetes}; started by ${startedBy} at ${new Date(startedMs).toISOString()}`,
    `${state}${wave === null ? '' : `, ${wave}`}; nodes: ${[...ended, `${leftCount} steps left`].join(', ')}`,
    ...(inWork.length === 0 ? [] : [`in work: ${inWork.slice(0, NODES_SHOWN_MAX).join(', ')}`]),
    ...waitsFor.map((sentence) => `- ${sentence}`),
    '',
  ].join('\n');
}
