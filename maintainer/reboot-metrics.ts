/** What the maintainer measures of rolling reboots. */

import type { Registry } from 'prom-client';

import type { RebootDeps, RebootSample } from '../activities/maintenance/rebooting.ts';
import { createLookGauges } from '../runtime/look-gauges.ts';

export interface RebootMetricsOptions {
  /** From one look to the next. */
  readonly intervalMs: number;
  /** Whether the metric of kured is served as well, with a series for each node. */
  readonly servesKured: boolean;
  readonly now?: () => number;
}

/**
 * Each look runs on any one of the maintainers. What one of them saw is shown a little longer than until the next look, so
 * that none goes on to show what another one has seen otherwise.
 */
const SHOWN_INTERVALS = 1.25;

export function createRebootMetrics(
  registry: Registry,
  { intervalMs, servesKured, now = () => performance.now() }: RebootMetricsOptions,
): NonNullable<RebootDeps['onReboots']> {
  const { add: gauge, saw } = createLookGauges<RebootSample>(registry, { shownMs: SHOWN_INTERVALS * intervalMs, now });
  gauge('vigilante_reboots_required', 'Nodes that need a reboot', [], (of, { nodes }) =>
    of.set(nodes.filter(({ isRequired }) => isRequired).length),
  );
  gauge('vigilante_reboots_ineffective', 'Nodes that a reboot did not help', [], (of, { ineffective }) =>
    of.set(ineffective),
  );
  gauge('vigilante_reboots_up_too_long', 'Nodes that are up for longer than they may be', [], (of, { upTooLong }) =>
    of.set(upTooLong),
  );
  if (servesKured) {
    gauge(
      'kured_reboot_required',
      'Whether a node needs a reboot, under the name of kured',
      ['node'],
      (of, { nodes }) => {
        for (const { name: node, isRequired } of nodes) of.set({ node }, Number(isRequired));
      },
    );
  }
  return saw;
}
