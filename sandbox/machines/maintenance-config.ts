/** Keys of the configuration with which a sandbox maintains its Linux nodes: quick, on a budget, without alerts. */

import { fileURLToPath } from 'node:url';
import { CONTROL_PLANE_LABEL } from '../../contracts/maintenance/names.ts';
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
  /** Control-plane nodes are a group of their own, and there is what exchanges components. Default: false. */
  readonly exchanges?: boolean;
}

/** Windows nodes are left alone: what their healing needs is shown elsewhere. */
export const LINUX_GROUP = { name: 'linux', selector: 'kubernetes.io/os=linux' } as const;
export const CONTROL_PLANE_GROUP = { name: 'control-plane', selector: CONTROL_PLANE_LABEL } as const;
export const REBOOT_EXECUTOR = 'reboot-linux';
/** Its pods are played: see machines/player.ts. */
const EXCHANGE_EXECUTOR = 'exchange';

const TEMPLATES = fileURLToPath(new URL('./templates', import.meta.url));
const EXCHANGES = {
  kind: 'pod',
  template: 'exchange.yaml',
  phases: ['node', 'etcd', 'api-server', 'control-pods', 'controllers', 'kubelet'],
};

export function withMaintenance(config: VigilanteConfig, options: MaintenanceOptions): VigilanteConfig {
  const {
    nodesMax,
    oneZoneAtATime = true,
    returnWithin = '2m',
    closeAfter,
    minUptime,
    isDryRun = false,
    exchanges = false,
  } = options;
  return {
    ...config,
    starter: { reconcileInterval: '2s' },
    maintenance: {
      enabled: true,
      dryRun: isDryRun,
      budget: {
        cluster: nodesMax,
        // A node belongs to the first group that selects it.
        groups: [...(exchanges ? [{ ...CONTROL_PLANE_GROUP, max: 1 }] : []), { ...LINUX_GROUP, max: nodesMax }],
        oneZoneAtATime,
        ...(closeAfter === undefined ? {} : { breaker: { closeAfter } }),
      },
      prove: { settle: '3s', returnWithin },
      gates: { alerts: { source: 'none' } },
      // The only control-plane node of a cluster is maintained, too.
      ...(exchanges ? { templates: TEMPLATES, drain: { lastNode: 'accept' } } : {}),
      executors: {
        [REBOOT_EXECUTOR]: { kind: 'reboot', image: options.image ?? 'vigilante-reboot' },
        ...(exchanges ? { [EXCHANGE_EXECUTOR]: EXCHANGES } : {}),
      },
      reboots: {
        enabled: true,
        executor: REBOOT_EXECUTOR,
        interval: '10s',
        ...(minUptime === undefined ? {} : { minUptime }),
      },
    },
  };
}
