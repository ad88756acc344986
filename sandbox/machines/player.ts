/** Plays simulated machines: where the pod of an act runs, the node reports what its behaviour says, as a kubelet would. */

import { setTimeout as sleep } from 'node:timers/promises';
import { assertNever } from '../../domain/assert-never.ts';
import type { Exchange } from '../control-plane/exchange.ts';
import { exchangeScript } from '../control-plane/exchange-script.ts';
import type { Act, Machine } from './act.ts';
import { actsIn, MACHINE_ANNOTATION } from './machine-behaviour.ts';
import { behaviourIn, type MachineStep, machineScript } from './machine-script.ts';

export interface MachineWrites {
  /** Whether this is the first time that the act is seen: it counts, and is performed once. */
  countAct(machine: Machine, act: Act): Promise<boolean>;
  endPod(act: Act, how: { readonly isOk: boolean }): Promise<void>;
  setReady(machine: Machine, isReady: boolean): Promise<void>;
  boot(machine: Machine, how: { readonly kubelet: string | null; readonly clearsSentinel: boolean }): Promise<void>;
  silenceAgent(machine: Machine): Promise<void>;
  deleteNode(machine: Machine): Promise<void>;
  /** Another one of its name, with the labels and taints that it had. */
  addNode(machine: Machine): Promise<void>;
  /** False where it cannot be done. */
  exchange(machine: Machine, exchange: Exchange): Promise<boolean>;
  exchangeKubelet(machine: Machine, version: string): Promise<void>;
  switchPower(machine: Machine, power: 'on' | 'off'): Promise<void>;
}

export interface MachinePlayer {
  /** The pods of all acts, and all simulated nodes by name. */
  see(acts: readonly Act[], machines: ReadonlyMap<string, Machine>): void;
}

export function createMachinePlayer(writes: MachineWrites, report: (problem: string) => void): MachinePlayer {
  /** Uids of pods, as long as they are there. */
  const begun = new Set<string>();

  async function perform(machine: Machine, act: Act): Promise<void> {
    if (!(await writes.countAct(machine, act))) return;
    const behaviour = behaviourIn(machine.annotations[MACHINE_ANNOTATION]);
    const script = machine.place === null ? machineScript(behaviour) : exchangeScript(act.order, behaviour);
    for (const step of script) {
      const isTaken = await take(step, { writes, machine, act });
      if (isTaken === false) return writes.endPod(act, { isOk: false });
    }
  }

  return {
    see(acts, machines) {
      const there = new Set(acts.map(({ uid }) => uid));
      for (const uid of begun) if (!there.has(uid)) begun.delete(uid);
      for (const act of acts) {
        const machine = machines.get(act.node);
        if (!act.isRunning || machine === undefined || begun.has(act.uid)) continue;
        begun.add(act.uid);
        if (actsIn(machine.annotations).includes(act.pod)) continue;
        // What is missing of an act that went wrong shows on its node.
        perform(machine, act).catch((error: unknown) => report(`${act.pod}: ${String(error)}`));
      }
    },
  };
}

interface Stage {
  readonly writes: MachineWrites;
  readonly machine: Machine;
  readonly act: Act;
}

/** False: the act cannot go on. */
function take(step: MachineStep, { writes, machine, act }: Stage): Promise<boolean | void> {
  switch (step.kind) {
    case 'end-pod':
      return writes.endPod(act, step);
    case 'pause':
      return sleep(step.forMs);
    case 'down':
      return writes.setReady(machine, false);
    case 'ready':
      return writes.setReady(machine, true);
    case 'boot':
      return writes.boot(machine, { ...step, kubelet: step.exchangesKubelet ? act.order.kubernetes : null });
    case 'silence-agent':
      return writes.silenceAgent(machine);
    case 'delete-node':
      return writes.deleteNode(machine);
    case 'add-node':
      return writes.addNode(machine);
    case 'exchange':
      return writes.exchange(machine, step);
    case 'exchange-kubelet':
      return writes.exchangeKubelet(machine, step.version);
    case 'power':
      return writes.switchPower(machine, step.power);
    default:
      return assertNever(step);
  }
}
