/** What the maintainer measures of the upgrade of its cluster. */

import type { Registry } from 'prom-client';

import type { UpgradeClusterStatus } from '../contracts/upgrade/cluster-status.ts';
import { UPGRADE_STATES } from '../domain/upgrade/cluster-words.ts';
import { UPGRADE_NODE_STATES } from '../domain/upgrade/node-states.ts';
import { createLookGauges } from '../runtime/look-gauges.ts';

type ShownUpgrade = Pick<UpgradeClusterStatus, 'state' | 'nodes' | 'approvalUntilMs'>;

export interface UpgradeMetricsOptions {
  /** From one look to the next. */
  readonly intervalMs: number;
  /** The clock of the API server: approvals end by it. */
  readonly serverNowMs: () => number;
  readonly now?: () => number;
}

/** One answer may be missing, while maintainers hand over. */
const SHOWN_INTERVALS = 2.5;

/** @returns takes what the upgrade says of itself; null where none runs: then nothing is shown of it */
export function createUpgradeMetrics(
  registry: Registry,
  { intervalMs, serverNowMs, now = () => performance.now() }: UpgradeMetricsOptions,
): (shown: ShownUpgrade | null) => void {
  const shownMs = SHOWN_INTERVALS * intervalMs;
  const { add: gauge, saw } = createLookGauges<ShownUpgrade | null>(registry, { shownMs, now });
  gauge('vigilante_upgrade_state', 'State of the upgrade: 1 for the one that it is in', ['state'], (of, shown) => {
    if (shown !== null) for (const state of UPGRADE_STATES) of.set({ state }, Number(state === shown.state));
  });
  gauge('vigilante_upgrade_nodes', 'Nodes of the upgrade, each in one state', ['state'], (of, shown) => {
    if (shown !== null) for (const state of UPGRADE_NODE_STATES) of.set({ state }, shown.nodes[state]);
  });
  gauge(
    'vigilante_upgrade_approval_remaining_seconds',
    'Time until approvals end that the upgrade still needs, 0 where none do',
    [],
    (of, shown) => of.set(Math.max(0, (shown?.approvalUntilMs ?? 0) - serverNowMs()) / 1_000),
  );
  return saw;
}
