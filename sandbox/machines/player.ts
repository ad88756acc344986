/** Plays simulated machines: where the pod of an act runs, the node reports what its behaviour says, as a kubelet would. */

import { setTimeout as sleep } from 'node:timers/promises';
import { assertNever } from '../../domain/assert-never.ts';
import type { Act, Machine } from './act.ts';
import { actsIn, MACHINE_ANNOTATION } from './machine-behaviour.ts';
import { type MachineStep, scriptOf } from './machine-script.ts';

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
    for (const step of scriptOf(machine.annotations[MACHINE_ANNOTATION])) await take(step, { writes, machine, act });
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

function take(step: MachineStep, { writes, machine, act }: Stage): Promise<void> {
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
      return writes.boot(machine, { ...step, kubelet: step.exchangesKubelet ? act.kubelet : null });
    case 'silence-agent':
      return writes.silenceAgent(machine);
    case 'delete-node':
      return writes.deleteNode(machine);
    case 'add-node':
      return writes.addNode(machine);
    default:
      return assertNever(step);
  }
}
