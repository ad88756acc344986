/** The world of a run of maintenance: nodes whose machines are played, two maintainers, workloads with budgets. */

import type { Client } from '@temporalio/client';
import { REBOOT_ANNOTATION, REBOOT_REQUIRED } from '../../../contracts/maintenance/watch-reboots.ts';
import { SANDBOX_CLUSTER } from '../../../sandbox/layout.ts';
import { linuxNodePlan } from '../../../sandbox/machines/linux-nodes.ts';
import { MACHINE_ANNOTATION, type MachineBehaviour } from '../../../sandbox/machines/machine-behaviour.ts';
import { withMaintenance } from '../../../sandbox/machines/maintenance-config.ts';
import { deployWorkloads, type Workload } from '../../../sandbox/machines/workloads.ts';
import { type Sandbox, startSandbox } from '../../../sandbox/start-sandbox.ts';
import type { VigilanteProcess } from '../../../sandbox/vigilante-process.ts';
import { type MaintenanceGuard, maintenanceGuardOf } from '../../../temporal/maintenance/guard.ts';
import { temporalClientOf } from '../../fixtures/sandbox-temporal.ts';
import type { Timeline } from '../timeline.ts';
import { MAINTAINERS, type Maintainer } from './faults.ts';

export const BUDGET = 3;
/** Shorter than the quiet end: a machine that never returns is held by then. */
const RETURN_WITHIN = '30s';
/** Storms come every half minute. */
const CLOSE_AFTER = '5s';
const READY_TIMEOUT_MS = 300_000;
const WORKLOADS: readonly Workload[] = [
  { name: 'web', replicas: 8, minAvailable: 6 },
  { name: 'queue', replicas: 3, minAvailable: 2 },
];

export interface MaintenanceChaosWorld {
  readonly sandbox: Sandbox;
  readonly client: Client;
  readonly guard: MaintenanceGuard;
  readonly names: readonly string[];
  readonly timeline: Timeline;
  maintainer(name: Maintainer): VigilanteProcess;
  startMaintainer(name: Maintainer): Promise<void>;
  stop(): Promise<void>;
}

export async function startMaintenanceChaos(options: {
  readonly nodes: number;
  readonly timeline: Timeline;
  /** Folder of the program that the maintainers run; default: this one. */
  readonly checkout: string | undefined;
  /** Behaviours of machines from the beginning, by node; default: they reboot. */
  readonly machines: Readonly<Record<string, MachineBehaviour>>;
}): Promise<MaintenanceChaosWorld> {
  const { nodes, timeline, checkout, machines } = options;
  const sandbox = await startSandbox({
    vigilante: withMaintenance({}, { nodesMax: BUDGET, returnWithin: RETURN_WITHIN, closeAfter: CLOSE_AFTER }),
    machines: true,
    report: () => {},
  });
  try {
    const plan = linuxNodePlan(nodes);
    for (const { name, ...node } of plan) {
      const annotations = { [REBOOT_ANNOTATION]: REBOOT_REQUIRED, [MACHINE_ANNOTATION]: machines[name] ?? 'reboots' };
      await sandbox.addNode(name, { ...node, annotations });
    }
    await deployWorkloads(sandbox.api, WORKLOADS);
    const others = await Promise.all((['collector', 'starter'] as const).map((one) => sandbox.startProcess(one)));
    const maintainers = new Map<Maintainer, VigilanteProcess>();
    const startMaintainer = async (name: Maintainer) => {
      const replica = Number(name.at(-1));
      const options = { replica, ...(checkout === undefined ? {} : { checkout }) };
      maintainers.set(name, await sandbox.startProcess('maintainer', options));
    };
    await Promise.all(MAINTAINERS.map(startMaintainer));
    for (const process of [...others, ...maintainers.values()]) await process.waitUntilReady(READY_TIMEOUT_MS);
    const client = await temporalClientOf(sandbox);
    return {
      sandbox,
      client,
      guard: maintenanceGuardOf(client, SANDBOX_CLUSTER),
      names: plan.map(({ name }) => name),
      timeline,
      startMaintainer,
      maintainer(name) {
        const found = maintainers.get(name);
        if (found === undefined) throw new Error(`${name} was never started`);
        return found;
      },
      async stop() {
        await client.connection.close();
        await sandbox.stop();
      },
    };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}
