/** Does the faults of a run of maintenance, each at its time. */

import { setTimeout as sleep } from 'node:timers/promises';
import { guardMaintenanceWorkflowId, maintainNodeWorkflowId } from '../../../contracts/maintenance/names.ts';
import { REBOOT_ANNOTATION, REBOOT_REQUIRED } from '../../../contracts/maintenance/watch-reboots.ts';
import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { SANDBOX_CLUSTER } from '../../../sandbox/layout.ts';
import { MACHINE_ANNOTATION } from '../../../sandbox/machines/machine-behaviour.ts';
import { nodeName } from '../../fixtures/nodes.ts';
import { persist } from '../persist.ts';
import { describeMaintenanceFault, type MaintenanceFault, type PlannedMaintenanceFault } from './faults.ts';
import type { MaintenanceChaosWorld } from './world.ts';

const STORM_SHARE = 0.4;

/** Resolves when the last one is over, with how often each kind was done. */
export async function performMaintenance(
  world: MaintenanceChaosWorld,
  schedule: readonly PlannedMaintenanceFault[],
  durationMs: number,
): Promise<ReadonlyMap<string, number>> {
  const beganMs = Date.now();
  const done = new Map<string, number>();
  const busy = new Map<string, Promise<void>>();
  const run = async ({ atMs, fault }: PlannedMaintenanceFault) => {
    await sleep(Math.max(0, beganMs + atMs - Date.now()));
    // What is killed already is killed again once it runs.
    const target = 'target' in fault ? fault.target : '';
    const before = busy.get(target) ?? Promise.resolve();
    const doing = before.then(() => doFault(world, fault));
    if (target !== '')
      busy.set(
        target,
        doing.catch(() => {}),
      );
    try {
      await doing;
      done.set(fault.kind, (done.get(fault.kind) ?? 0) + 1);
    } catch (error) {
      world.timeline.note(`${fault.kind} went wrong: ${String(error)}`);
    }
  };
  await Promise.all([...schedule.map(run), sleep(durationMs)]);
  return done;
}

async function doFault(world: MaintenanceChaosWorld, fault: MaintenanceFault): Promise<void> {
  const { sandbox, names, timeline, client } = world;
  const node = 'pick' in fault ? (names[Math.floor(fault.pick * names.length)] ?? '') : null;
  timeline.note(describeMaintenanceFault(fault), node);
  switch (fault.kind) {
    case 'kill':
      await world.maintainer(fault.target).kill('SIGKILL');
      await sleep(fault.forMs);
      return world.startMaintainer(fault.target);
    case 'stop':
      await world.maintainer(fault.target).kill('SIGSTOP');
      await sleep(fault.forMs);
      return world.maintainer(fault.target).kill('SIGCONT');
    case 'kill-part':
      await sandbox.killPart(fault.target);
      await sleep(fault.forMs);
      return sandbox.startPart(fault.target);
    case 'storm':
      return storm(world, fault);
    case 'cordoned-by-hand':
      await setCordon(world, node, true);
      await sleep(fault.forMs);
      return setCordon(world, node, null);
    case 'uncordoned-by-hand':
      return setCordon(world, node, null);
    case 'workflow-terminated':
      return terminate(client, maintainNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node: nodeName(node ?? '') }));
    case 'resumed':
      await world.guard.resume({ by: 'chaos', reason: 'looked at' });
      return;
    case 'guard-terminated':
      return terminate(client, guardMaintenanceWorkflowId(SANDBOX_CLUSTER));
    case 'machine':
      return annotate(world, node, { [MACHINE_ANNOTATION]: fault.behaviour });
    default:
      return annotate(world, node, { [REBOOT_ANNOTATION]: REBOOT_REQUIRED });
  }
}

/** From one node on, in their order. */
async function storm({ sandbox, names }: MaintenanceChaosWorld, { pick, forMs }: { pick: number; forMs: number }) {
  const first = Math.floor(pick * names.length);
  const hit = Array.from(
    { length: Math.ceil(names.length * STORM_SHARE) },
    (_, index) => names[(first + index) % names.length] ?? '',
  );
  await Promise.all(hit.map((name) => persist(() => sandbox.setNodeReady(name, false))));
  await sleep(forMs);
  await Promise.all(hit.map((name) => persist(() => sandbox.setNodeReady(name, true))));
}

async function setCordon({ sandbox }: MaintenanceChaosWorld, node: string | null, to: true | null): Promise<void> {
  const body = { spec: { unschedulable: to } };
  await persist(() => sandbox.api.demand('PATCH', `/api/v1/nodes/${node}`, { body, contentType: MERGE_PATCH }));
}

async function annotate({ sandbox }: MaintenanceChaosWorld, node: string | null, annotations: Record<string, string>) {
  await persist(() => sandbox.annotateNode(node ?? '', annotations));
}

/** As a person does in the Temporal UI; where none runs there is nothing to do. */
async function terminate(client: MaintenanceChaosWorld['client'], workflowId: string): Promise<void> {
  await client.workflow
    .getHandle(workflowId)
    .terminate('chaos')
    .catch(() => {});
}
