/** Our own processes in a run: each with a network of its own to the API server, killed, stopped and started again. */

import type { Component } from '../../contracts/processes.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { kubeconfigVia } from '../e2e/faults-world.ts';
import { REPLICAS, type ReplicaName } from './fault.ts';
import { type Network, openNetwork } from './network.ts';
import { steppingClock } from './process-clock.ts';
import type { Timeline } from './timeline.ts';

export interface Replica {
  readonly name: ReplicaName;
  readonly network: Network;
  /** With the token of its ServiceAccount. */
  readonly kubeconfig: string;
  /** Resolves when the process runs, not when it is ready. */
  start(): Promise<void>;
  untilReady(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
  isRunning(): boolean;
  /** Null before the first start. */
  current(): VigilanteProcess | null;
}

export interface Replicas {
  readonly all: readonly Replica[];
  get(name: ReplicaName): Replica;
  /** Workers that start from now on run the program of this checkout; the other processes, too, where all are upgraded. */
  setCheckout(folder: string, of: 'workers' | 'all'): void;
  /** How often a process ended without having been killed. */
  ownEnds(): number;
  close(): Promise<void>;
}

/** As the kubelet does. */
const REVIVE_AFTER_MS = 1_000;
/** Five processes that begin at once on a busy machine. */
const READY_TIMEOUT_MS = 300_000;

export async function createReplicas(
  sandbox: Sandbox,
  { timeline, checkout }: { readonly timeline: Timeline; readonly checkout: string | undefined },
): Promise<Replicas> {
  const checkouts = { worker: checkout, others: checkout };
  let ownEnds = 0;
  let closed = false;

  async function create(name: ReplicaName): Promise<Replica> {
    const component = componentOf(name);
    const network = await openNetwork(sandbox.layout);
    const kubeconfig = await kubeconfigVia(sandbox, component, { server: network.url, name });
    let current: VigilanteProcess | null = null;
    let wanted = false;

    async function start(): Promise<void> {
      if (current?.isRunning() === true) return;
      wanted = true;
      const folder = component === 'worker' ? checkouts.worker : checkouts.others;
      const started = await sandbox.startProcess(component, {
        replica: Number(name.at(-1)),
        env: { KUBECONFIG: kubeconfig, ...(component === 'collector' ? steppingClock(sandbox) : {}) },
        ...(folder === undefined ? {} : { checkout: folder }),
      });
      current = started;
      void started.exited.then(async ({ code, signal }) => {
        if (!wanted || closed || current !== started) return;
        ownEnds += 1;
        timeline.note(`${name} ended by itself (${signal ?? `exit code ${code}`})`);
        setTimeout(() => {
          // The sandbox may have been stopped meanwhile.
          if (wanted && !closed) start().catch(() => {});
        }, REVIVE_AFTER_MS);
      });
    }

    return {
      name,
      network,
      kubeconfig,
      start,
      untilReady: async () => current?.waitUntilReady(READY_TIMEOUT_MS),
      async kill(signal) {
        if (signal === 'SIGKILL' || signal === 'SIGTERM') wanted = false;
        await current?.kill(signal);
      },
      isRunning: () => current?.isRunning() ?? false,
      current: () => current,
    };
  }

  const all = await Promise.all(REPLICAS.map(create));
  return {
    all,
    get(name) {
      const found = all.find((replica) => replica.name === name);
      if (found === undefined) throw new Error(`no process ${name}`);
      return found;
    },
    setCheckout(folder, of) {
      checkouts.worker = folder;
      if (of === 'all') checkouts.others = folder;
    },
    ownEnds: () => ownEnds,
    async close() {
      closed = true;
      await Promise.all(all.map(({ network }) => network.close()));
    },
  };
}

export function componentOf(name: ReplicaName): Component {
  if (name.startsWith('worker')) return 'worker';
  return name.startsWith('starter') ? 'starter' : 'collector';
}
