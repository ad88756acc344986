/** Does faults to processes, to parts, and to the network between them. */

import { setTimeout as sleep } from 'node:timers/promises';
import { describeFault, REPLICAS, type ReplicaName, type SystemFault, type Target } from './fault.ts';
import { revokeCredentials, slowWebhook, stepClock } from './outage-faults.ts';
import { checkStore } from './report-stream.ts';
import type { ChaosWorld } from './world.ts';

/** Resolves when the fault is over and what it hit runs again. */
export async function doSystemFault(world: ChaosWorld, fault: SystemFault): Promise<void> {
  const over = world.timeline.disturb();
  try {
    switch (fault.kind) {
      case 'kill':
        return await kill(world, fault);
      case 'stop':
        return await stop(world, fault);
      case 'refuse': {
        const { network } = world.replicas.get(fault.target);
        return await hurtNetwork(world, fault, network.refuse(fault.status));
      }
      case 'hang':
        return await hurtNetwork(world, fault, world.replicas.get(fault.target).network.hang());
      case 'cut-watches':
        return await hurtNetwork(world, fault, world.replicas.get(fault.target).network.cutWatches());
      case 'slow-webhook':
        return await slowWebhook(world, fault.forMs);
      case 'revoke':
        return await revokeCredentials(world, fault);
      case 'clock-step':
        return await stepClock(world, fault);
      default:
        return await upgrade(world, fault.forMs);
    }
  } finally {
    over();
  }
}

async function kill(world: ChaosWorld, fault: Extract<SystemFault, { kind: 'kill' }>): Promise<void> {
  const { target, forMs } = fault;
  world.timeline.note(describeFault(fault));
  if (isReplica(target)) {
    await killReplica(world, target, forMs);
  } else {
    await world.sandbox.killPart(target);
    await sleep(forMs);
    await world.sandbox.startPart(target);
  }
  world.timeline.note(`${target} is there again`);
}

/** Of a collector it is asked what it still knows, before it is told anything new. */
export async function killReplica(world: ChaosWorld, name: ReplicaName, forMs: number): Promise<void> {
  const replica = world.replicas.get(name);
  const isCollector = name === 'collector-0';
  await replica.kill('SIGKILL');
  if (isCollector) await world.reports.pause();
  await sleep(forMs);
  await replica.start();
  const isReady = await replica.untilReady().then(
    () => true,
    () => false,
  );
  if (!isCollector) return;
  if (isReady) world.storeChecks.push(await checkStore(world.sandbox, world.reports.acknowledged));
  world.reports.resume();
}

async function stop(world: ChaosWorld, fault: Extract<SystemFault, { kind: 'stop' }>): Promise<void> {
  const { target, forMs } = fault;
  world.timeline.note(describeFault(fault));
  await signal(world, target, 'SIGSTOP');
  await sleep(forMs);
  await signal(world, target, 'SIGCONT');
}

async function signal(world: ChaosWorld, target: Target, name: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  if (isReplica(target)) await world.replicas.get(target).kill(name);
  else await world.sandbox.killPart(target, name);
}

async function hurtNetwork(
  world: ChaosWorld,
  fault: Extract<SystemFault, { kind: 'refuse' | 'hang' | 'cut-watches' }>,
  end: () => number,
): Promise<void> {
  world.timeline.note(describeFault(fault));
  await sleep(fault.forMs);
  const hit = end();
  world.requestsHit(fault, hit);
  world.timeline.note(`${fault.kind} ${fault.target} is over: ${hit} requests hit`);
}

/** No worker of the old version is left when the first one of the new begins: without versioning they would disagree. */
async function upgrade(world: ChaosWorld, forMs: number): Promise<void> {
  const workers = [world.replicas.get('worker-0'), world.replicas.get('worker-1')];
  world.timeline.note('upgrade: the workers end');
  const folder = await world.nextCheckout;
  if (folder === null) return;
  await Promise.all(workers.map((worker) => worker.kill('SIGTERM')));
  await sleep(forMs);
  world.replicas.setCheckout(folder, world.upgrades);
  await Promise.all(workers.map((worker) => worker.start()));
  await Promise.all(workers.map((worker) => worker.untilReady().catch(() => {})));
  world.timeline.note('upgrade: workers with newer workflows run');
  if (world.upgrades === 'all') await upgradeOthers(world, forMs);
}

/** One after the other, an interval apart: meanwhile newer workers run beside older starters. */
async function upgradeOthers(world: ChaosWorld, pauseMs: number): Promise<void> {
  for (const name of ['starter-0', 'starter-1', 'collector-0'] as const) {
    await sleep(pauseMs);
    await killReplica(world, name, 0);
    world.timeline.note(`upgrade: ${name} is of the newer version`);
  }
}

function isReplica(target: Target): target is ReplicaName {
  return REPLICAS.some((name) => name === target);
}
