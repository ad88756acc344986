/** Options that several commands share. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDurationMs } from '../../config/schema/keys.ts';
import { AGENT_COUNT_DEFAULT } from '../agents/start-agents.ts';
import { BEHAVIOURS_ALLOWED, type Behaviour, parseBehaviour } from '../behaviour.ts';
import { FLEET } from '../fleet.ts';
import type { FolderOptions, VigilanteConfig } from '../folder.ts';
import {
  MACHINE_BEHAVIOURS_ALLOWED,
  type MachineBehaviour,
  parseMachineBehaviour,
} from '../machines/machine-behaviour.ts';
import { CONTROL_PLANE_COUNTS } from '../parts/place.ts';

export const NODES_MAX = 5_000;
/** Each is a process on this machine. */
const AGENTS_MAX = 200;

export interface WorldOptions {
  readonly nodes: number;
  readonly agents: number;
  readonly behaviours?: readonly Behaviour[];
  readonly evidence?: 'sandbox' | 'source-address';
  readonly window?: string;
  readonly interval?: string;
}

export function addWorldOptions(
  command: Command,
  defaults: { readonly nodes: number; readonly window?: string },
): Command {
  return command
    .option('--nodes <count>', 'Windows nodes to start with', countUpTo(NODES_MAX), defaults.nodes)
    .option('--agents <count>', 'nodes that get an agent, at most', countUpTo(AGENTS_MAX), AGENT_COUNT_DEFAULT)
    .option(
      '--behaviours <list>',
      'how pods on the nodes behave, in turn (default: proving; with --evidence source-address every other node is cured after half of the window)',
      parseBehaviours,
    )
    .addOption(
      new Option(
        '--evidence <kind>',
        'healing.evidence of the configuration; source-address starts an echo that the pods dial',
      ).choices(['sandbox', 'source-address']),
    )
    .option('--window <duration>', 'healing.window of the configuration, such as 2m', defaults.window)
    .option('--interval <duration>', 'healing.interval of the configuration, such as 5s', defaults.window && '5s');
}

/**
 * What the options say about the healing; worker and starter check the values themselves. The watch of the connectivity
 * is quicker than elsewhere, because an alarm, and that all is well, should be seen within seconds.
 */
export function sandboxConfig({ window, interval }: WorldOptions): VigilanteConfig {
  return {
    healing: { ...(window === undefined ? {} : { window }), ...(interval === undefined ? {} : { interval }) },
    collector: { nodeGrace: '30s' },
    connectivity: { interval: '5s' },
  };
}

/** What the sandbox needs for the evidence. */
export function evidenceOptions({ evidence }: WorldOptions): Pick<FolderOptions, 'evidence'> {
  return evidence === 'source-address' ? { evidence } : {};
}

/** Names and behaviours of the nodes to start with. */
export function nodePlan(options: WorldOptions): readonly { name: string; behaviour: Behaviour }[] {
  const { nodes, behaviours = defaultBehaviours(options) } = options;
  return Array.from({ length: nodes }, (_, index) => ({
    name: `win-${index + 1}`,
    behaviour: behaviours[index % behaviours.length] ?? 'proving',
  }));
}

/** Where pods dial, some nodes show how a refutation turns into a proof. */
function defaultBehaviours({ evidence, window }: WorldOptions): readonly Behaviour[] {
  const windowMs = parseDurationMs(window ?? '');
  if (evidence !== 'source-address' || windowMs === null) return ['proving'];
  return ['proving', `snat:${Math.round(windowMs / 2_000)}s`];
}

export function parseBehaviourOption(value: string): Behaviour {
  const behaviour = parseBehaviour(value);
  if (behaviour === null) throw new InvalidArgumentError(`expected ${BEHAVIOURS_ALLOWED}`);
  return behaviour;
}

export function parseMachineOption(value: string): MachineBehaviour {
  const behaviour = parseMachineBehaviour(value);
  if (behaviour === null) throw new InvalidArgumentError(`expected ${MACHINE_BEHAVIOURS_ALLOWED}`);
  return behaviour;
}

export function parseControlPlane(value: string): (typeof CONTROL_PLANE_COUNTS)[number] {
  const count = CONTROL_PLANE_COUNTS.find((known) => `${known}` === value);
  if (count === undefined) throw new InvalidArgumentError(`expected ${CONTROL_PLANE_COUNTS.join(' or ')}`);
  return count;
}

/** One size only: each cluster has a part of its own in a rollout. */
export function parseFleet(value: string): number {
  if (value !== `${FLEET.length}`) throw new InvalidArgumentError(`expected ${FLEET.length}`);
  return FLEET.length;
}

function parseBehaviours(value: string): readonly Behaviour[] {
  return value.split(',').map((part) => parseBehaviourOption(part.trim()));
}

export function countUpTo(max: number): (value: string) => number {
  return (value) => {
    const count = Number(value);
    if (Number.isInteger(count) && count >= 0 && count <= max && value.trim() !== '') return count;
    throw new InvalidArgumentError(`expected a whole number from 0 to ${max}`);
  };
}
