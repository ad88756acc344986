/** Runs `maintainNode` and `guardMaintenance` of the built bundle with nodes in memory. */

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { MaintainNodeInput, MaintainNodeResult } from '../../../contracts/maintenance/maintain-node.ts';
import { MAINTAIN_NODE_WORKFLOW, maintainNodeWorkflowId } from '../../../contracts/maintenance/names.ts';
import { maintenanceStatus } from '../../../contracts/maintenance/signals-and-queries.ts';
import { maintenanceTaskQueue } from '../../../contracts/names.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { patchActivation } from '../../../temporal/worker/patch-activation.ts';
import { REBOOT } from '../../fixtures/maintenance.ts';
import { nodeRef } from '../../fixtures/nodes.ts';
import type { Harness } from '../heal-node/harness.ts';
import { createMaintenanceWorld, type MaintenanceWorld } from './world.ts';

export interface Scene {
  readonly cluster: string;
  readonly world: MaintenanceWorld;
  start(change?: Partial<MaintainNodeInput>): Promise<Maintenance>;
}

export interface Maintenance {
  readonly handle: WorkflowHandle;
  result(): Promise<MaintainNodeResult>;
  /** Until the query says this step. */
  reaches(step: string): Promise<void>;
}

const UNTIL = { timeoutMs: 60_000, pollMs: 20 };

export async function withMaintainer<T>({ env, bundle }: Harness, body: (scene: Scene) => Promise<T>): Promise<T> {
  const cluster = `test-${randomUUID().slice(0, 8)}`;
  const world = createMaintenanceWorld(env.client, cluster);
  const worker = await Worker.create({
    connection: env.nativeConnection,
    activities: { ...world.activities },
    taskQueue: maintenanceTaskQueue(cluster),
    workflowBundle: bundle,
    patchActivationCallback: patchActivation(() => true),
    maxHeartbeatThrottleInterval: 20,
  });
  const start = async (change: Partial<MaintainNodeInput> = {}): Promise<Maintenance> => {
    const input: MaintainNodeInput = {
      cluster,
      node: nodeRef('lin-1'),
      run: 'by-hand',
      group: 'workers',
      purpose: 'by-hand',
      phase: 'node',
      executor: 'reboot-linux',
      expect: REBOOT,
      parent: null,
      ...change,
    };
    const handle = await env.client.workflow.start(MAINTAIN_NODE_WORKFLOW, {
      workflowId: maintainNodeWorkflowId({ cluster, node: input.node.name }),
      taskQueue: maintenanceTaskQueue(cluster),
      args: [input],
    });
    return {
      handle,
      result: async () => (await handle.result()) as MaintainNodeResult,
      reaches: async (step) => {
        await waitUntil(async () => (await handle.query(maintenanceStatus)).step === step, {
          what: `step ${step}`,
          ...UNTIL,
        });
      },
    };
  };
  return worker.runUntil(() => body({ cluster, world, start }));
}
