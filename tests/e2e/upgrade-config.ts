/** The configuration of a sandbox whose workers are upgraded. */

import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { apiServerUrl } from '../../sandbox/layout.ts';
import { REBOOT_EXECUTOR } from '../../sandbox/machines/maintenance-config.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';

export interface UpgradeWorldOptions {
  readonly workers: readonly string[];
  /** Nodes that may be away at a time. */
  readonly nodesMax: number;
  readonly waves: readonly string[];
  /** Default: that of the product. */
  readonly drainDeadline?: string;
  /** Folder with the template of the act; default: machines are rebooted. */
  readonly templates?: string;
  /** Default: none is needed. */
  readonly approval?: { readonly required: boolean };
}

export const configOf = ({ nodesMax, drainDeadline, templates }: UpgradeWorldOptions) => ({
  starter: { reconcileInterval: '2s' },
  maintenance: {
    enabled: true,
    budget: {
      cluster: nodesMax,
      groups: [{ name: 'workers', selector: 'kubernetes.io/os=linux', max: nodesMax, executor: REBOOT_EXECUTOR }],
      oneZoneAtATime: false,
      breaker: { unavailable: { percent: 100 } },
    },
    ...(drainDeadline === undefined ? {} : { drain: { deadline: drainDeadline } }),
    prove: { settle: '2s', returnWithin: '20s' },
    gates: { alerts: { source: 'none' } },
    ...(templates === undefined ? {} : { templates }),
    executors: {
      [REBOOT_EXECUTOR]:
        templates === undefined
          ? { kind: 'reboot', image: 'vigilante-reboot' }
          : { kind: 'pod', template: 'exchange.yaml', phases: ['node'] },
    },
  },
});

/** Addresses and folders of the sandbox are not known before it is made. */
export async function completeConfig(
  { env, layout }: Sandbox,
  folder: string,
  { waves, approval }: UpgradeWorldOptions,
): Promise<void> {
  const config = parse(await readFile(env.VIGILANTE_CONFIG, 'utf8')) as { maintenance: object };
  const upgrade = {
    controlPlane: 'managed',
    apiServers: [{ url: apiServerUrl(layout) }],
    canary: { perGroup: 1, soak: '2s' },
    waves,
    waveSoak: '1s',
    afterChecks: { settle: '2s', deadline: '60s' },
    report: { folder },
    ...(approval === undefined ? {} : { approval }),
  };
  const maintenance = { ...config.maintenance, upgrade };
  await writeFile(env.VIGILANTE_CONFIG, stringify({ ...config, maintenance }));
}
