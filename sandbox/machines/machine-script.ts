/** What happens to a machine that is acted upon, step by step. */

import type { Exchange } from '../control-plane/exchange.ts';
import { type MachineBehaviour, parseMachineBehaviour, type TimedMachineBehaviour } from './machine-behaviour.ts';

export type MachineStep =
  | { readonly kind: 'end-pod'; readonly isOk: boolean }
  | { readonly kind: 'pause'; readonly forMs: number }
  /** The node is not Ready any more. */
  | { readonly kind: 'down' }
  /** Another boot, and Ready. `exchangesKubelet`: to the version that the pod was given, if any. */
  | { readonly kind: 'boot'; readonly exchangesKubelet: boolean; readonly clearsSentinel: boolean }
  /** Ready, with the same boot. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'silence-agent' }
  | { readonly kind: 'delete-node' }
  /** Another node of this name, as an autoscaler makes it. */
  | { readonly kind: 'add-node' }
  /** A component of a control-plane node. */
  | ({ readonly kind: 'exchange' } & Exchange)
  /** Ready, with the same boot and this version. */
  | { readonly kind: 'exchange-kubelet'; readonly version: string }
  /** Of all that runs on a control-plane node. */
  | { readonly kind: 'power'; readonly power: 'on' | 'off' };

/** Far below what a real machine takes, so that a look at the node still sees it. */
const DOWN_MS = 3_000;
const FLAP_MS = 1_000;
const FLAPS = 3;

const SUCCEEDS: MachineStep = { kind: 'end-pod', isOk: true };
const DOWN: MachineStep = { kind: 'down' };
const BOOT = { kind: 'boot', exchangesKubelet: true, clearsSentinel: true } as const;

export function machineScript(behaviour: MachineBehaviour): readonly MachineStep[] {
  switch (behaviour) {
    case 'reboots':
      return [SUCCEEDS, ...reboot()];
    case 'never-returns':
      return [SUCCEEDS, DOWN];
    case 'old-version':
      return [SUCCEEDS, ...reboot({ ...BOOT, exchangesKubelet: false })];
    case 'lies':
      return [SUCCEEDS];
    case 'fails-but-done':
      return [{ kind: 'end-pod', isOk: false }, ...reboot()];
    case 'flaps':
      return [SUCCEEDS, ...reboot(), ...flaps()];
    case 'agent-silent':
      return [SUCCEEDS, { kind: 'silence-agent' }, ...reboot()];
    case 'sentinel-stays':
      return [SUCCEEDS, ...reboot({ ...BOOT, clearsSentinel: false })];
    case 'gone':
      return [SUCCEEDS, DOWN, pause(DOWN_MS), { kind: 'delete-node' }];
    case 'replaced':
      return [SUCCEEDS, DOWN, pause(DOWN_MS), { kind: 'delete-node' }, { kind: 'add-node' }];
    default: {
      const actMs = timeOf(behaviour, 'acts-for');
      if (actMs !== null) return [pause(actMs), SUCCEEDS, ...reboot()];
      return [SUCCEEDS, DOWN, pause(lateMs(behaviour) ?? DOWN_MS), BOOT];
    }
  }
}

/** What the annotation of a node says; what nobody knows reboots. */
export function behaviourIn(annotation: string | undefined): MachineBehaviour {
  return parseMachineBehaviour(annotation ?? '') ?? 'reboots';
}

function reboot(boot: MachineStep = BOOT): readonly MachineStep[] {
  return [DOWN, pause(DOWN_MS), boot];
}

/** The kubelet loses its node and finds it again. */
function flaps(): readonly MachineStep[] {
  const once: readonly MachineStep[] = [pause(FLAP_MS), DOWN, pause(FLAP_MS), { kind: 'ready' }];
  return Array.from({ length: FLAPS }, () => once).flat();
}

function pause(forMs: number): MachineStep {
  return { kind: 'pause', forMs };
}

/** Null for a behaviour that is not late. */
export function lateMs(behaviour: MachineBehaviour): number | null {
  return timeOf(behaviour, 'returns-late');
}

function timeOf(behaviour: MachineBehaviour, kind: TimedMachineBehaviour): number | null {
  return behaviour.startsWith(`${kind}:`) ? Number(behaviour.slice(`${kind}:`.length, -1)) * 1_000 : null;
}
