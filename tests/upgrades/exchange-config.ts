/** The configuration of a sandbox whose nodes are exchanged: addresses and folders are not known before it is made. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { etcdUrl } from '../../sandbox/parts/etcd.ts';
import { controlPlaneNodes } from '../../sandbox/parts/place.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';

interface Given {
  readonly maintenance: {
    readonly budget: { readonly groups: readonly object[] };
    readonly gates: object;
    readonly reboots: object;
  };
}

/** Of a sandbox that was made `withMaintenance` and exchanges; snapshots and reports go into the folder. */
export async function completeExchangeConfig(
  { env, layout }: Pick<Sandbox, 'env' | 'layout'>,
  folder: string,
  { alerts, approval }: { readonly alerts: object; readonly approval: { readonly required: boolean } },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const config = parse(await readFile(env.VIGILANTE_CONFIG, 'utf8')) as Given;
  const { maintenance } = config;
  const { budget, gates, reboots } = maintenance;
  const completed = {
    ...maintenance,
    budget: { ...budget, groups: budget.groups.map((group) => ({ ...group, executor: 'exchange' })) },
    reboots: { ...reboots, enabled: false },
    apiEndpoint: { controllers: 'local', kubelets: 'balanced' },
    gates: { ...gates, alerts },
    upgrade: {
      etcd: {
        endpoints: controlPlaneNodes(layout).map((place) => etcdUrl(layout, place)),
        snapshot: { folder: join(folder, 'snapshots') },
      },
      canary: { perGroup: 1, soak: '0s' },
      waves: ['50%'],
      waveSoak: '0s',
      afterChecks: { settle: '5s', deadline: '2m' },
      report: { folder: join(folder, 'reports') },
      approval,
    },
  };
  await writeFile(env.VIGILANTE_CONFIG, stringify({ ...config, maintenance: completed }));
}
