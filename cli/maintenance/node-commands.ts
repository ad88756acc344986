/** `vigilante maintain` and `vigilante release`: the maintenance of one node by hand. */

import type { Config } from '../../config/schema/config.ts';
import type { Expectation } from '../../domain/maintenance/facts.ts';
import type { Resolution } from '../../domain/maintenance/state.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { maintenancesOf } from '../../temporal/maintenance/maintenances.ts';
import { claimedUser } from '../claimed-user.ts';
import type { CommandContext } from '../command-context.ts';
import { demandTaken } from '../demand-taken.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

export interface MaintainCommand {
  readonly node: NodeName;
  readonly executor: string;
  readonly wait: boolean;
}

/** The name of all runs that a person starts. */
const RUN = 'by-hand';
/** The maintainer knows the group of the node. */
const GROUP = 'by-hand';

export async function maintainCommand(
  context: CommandContext,
  terminal: Terminal,
  { node, executor, wait }: MaintainCommand,
): Promise<ExitCode> {
  const { cluster, maintenance } = context.config;
  const expect = expectationOf(maintenance, executor);
  const nodes = await context.nodes();
  const seen = await nodes.observe(node);
  if (seen.kind === 'gone') throw new CommandError(EXIT.conditionNotMet, `no node ${node} in cluster ${cluster}`);
  const maintenances = await open(context);
  if ((await maintenances.state(node)) === 'running') {
    throw new CommandError(EXIT.conditionNotMet, `a maintenance of ${node} runs already: vigilante maintenance`);
  }
  await maintenances.start({
    cluster,
    node: { name: node, uid: seen.facts.uid },
    run: RUN,
    group: GROUP,
    purpose: 'by-hand',
    phase: 'node',
    executor,
    expect,
    parent: null,
  });
  terminal.write(`maintenance of ${node} by ${executor} begins when the budget allows it: vigilante maintenance\n`);
  if (!wait) return EXIT.ok;
  const { outcome, detail } = await maintenances.result(node);
  terminal.write(`${node}: ${outcome}: ${detail}\n`);
  return outcome === 'done' || outcome === 'already-done' ? EXIT.ok : EXIT.conditionNotMet;
}

/** A reboot shows in another boot; for other executors the node only has to be well afterwards. */
function expectationOf({ executors, prove }: Config['maintenance'], name: string): Expectation {
  const executor = executors[name];
  if (executor === undefined) {
    const known = Object.keys(executors).join(', ') || 'none';
    throw new CommandError(EXIT.conditionNotMet, `maintenance.executors has no ${name}; it has: ${known}`);
  }
  return {
    kubelet: null,
    bootIdChanged: executor.kind === 'reboot',
    sentinelGone: false,
    connectivity: prove.connectivity,
    healing: prove.windowsHealing,
  };
}

export interface ReleaseCommand {
  readonly node: NodeName;
  readonly resolution: Resolution;
  readonly reason: string;
}

export async function releaseCommand(
  context: CommandContext,
  terminal: Terminal,
  { node, resolution, reason }: ReleaseCommand,
): Promise<ExitCode> {
  const maintenances = await open(context);
  const answer = await maintenances.resolve(node, { resolution, by: claimedUser(), reason });
  demandTaken(answer);
  terminal.write(`${node}: ${resolution}\n`);
  return EXIT.ok;
}

async function open({ config, ...context }: CommandContext) {
  const searchAttributes = config.temporal.searchAttributes;
  return maintenancesOf(await context.client(), { cluster: config.cluster, searchAttributes });
}
