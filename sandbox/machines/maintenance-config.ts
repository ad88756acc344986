/** Keys of the configuration with which a sandbox maintains its Linux nodes: quick, on a budget, without alerts. */

import type { VigilanteConfig } from '../folder.ts';

export interface MaintenanceOptions {
  /** Nodes that may be away at a time. */
  readonly nodesMax: number;
  /** Default: true, as everywhere. */
  readonly oneZoneAtATime?: boolean;
  /** How long a machine may take to come back; default: two minutes. */
  readonly returnWithin?: string;
  /** How long after too many nodes were down the breaker stays open; default: as everywhere. */
  readonly closeAfter?: string;
  /** From a boot to the next reboot, by what agents report: on a machine that is just up it keeps its nodes. */
  readonly minUptime?: string;
  /** Of the pod that reboots a node; by default none that is there: the machines of a sandbox are played. */
  readonly image?: string;
  /** Default: false. */
  readonly isDryRun?: boolean;
}

/** Windows nodes are left alone: what their healing needs is shown elsewhere. */
export const LINUX_GROUP = { name: 'linux', selector: 'kubernetes.io/os=linux' } as const;
export const REBOOT_EXECUTOR = 'reboot-linux';

export function withMaintenance(config: VigilanteConfig, options: MaintenanceOptions): VigilanteConfig {
  const { nodesMax, oneZoneAtATime = true, returnWithin = '2m', closeAfter, minUptime, isDryRun = false } = options;
  return {
    ...config,
    starter: { reconcileInterval: '2s' },
    maintenance: {
      enabled: true,
      dryRun: isDryRun,
      budget: {
        cluster: nodesMax,
        groups: [{ ...LINUX_GROUP, max: nodesMax }],
        oneZoneAtATime,
        ...(closeAfter === undefined ? {} : { breaker: { closeAfter } }),
      },
      prove: { settle: '3s', returnWithin },
      gates: { alerts: { source: 'none' } },
      executors: { [REBOOT_EXECUTOR]: { kind: 'reboot', image: options.image ?? 'vigilante-reboot' } },
      reboots: {
        enabled: true,
        executor: REBOOT_EXECUTOR,
        interval: '10s',
        ...(minUptime === undefined ? {} : { minUptime }),
      },
    },
  };
}
