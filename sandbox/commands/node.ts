/** `sandbox node`: adds, deletes, makes ready and not ready. */

import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { ownMessageOf } from '../../domain/error-message.ts';
import { adminAccess } from '../admin-access.ts';
import { createApiClient } from '../api-client.ts';
import { BEHAVIOURS_ALLOWED, type Behaviour } from '../behaviour.ts';
import { SandboxProblem } from '../exit-code.ts';
import {
  MACHINE_ANNOTATION,
  MACHINE_BEHAVIOURS_ALLOWED,
  type MachineBehaviour,
} from '../machines/machine-behaviour.ts';
import { OPERATING_SYSTEMS, type OperatingSystem } from '../node-object.ts';
import { type Nodes, nodesOf } from '../nodes.ts';
import { demandSandbox } from './inspect.ts';
import { parseBehaviourOption, parseMachineOption } from './options.ts';
import { addRealNodeCommands } from './real-node.ts';

interface AddOptions {
  readonly os: OperatingSystem;
  readonly behaviour: Behaviour;
  readonly ready: boolean;
  readonly zone?: string;
}

export function addNodeCommands(program: Command): void {
  const node = program.command('node').description('play with the nodes of the sandbox');
  node
    .command('add')
    .description('add a node')
    .argument('<name>')
    .addOption(new Option('--os <name>', 'operating system').choices([...OPERATING_SYSTEMS]).default('windows'))
    .option('--behaviour <kind>', BEHAVIOURS_ALLOWED, parseBehaviourOption, 'proving' as const)
    .option('--zone <name>', 'zone of the node; its pods prove then, whatever --behaviour says')
    .option('--no-ready', 'not ready at first')
    .action((name: string, options: AddOptions) =>
      withNodes((nodes) => nodes.addNode(name, { ...options, ...bootOf(options) })),
    );
  node
    .command('ready')
    .description('report Ready=True')
    .argument('<name>')
    .action((name: string) => withNodes((nodes) => nodes.setNodeReady(name, true)));
  node
    .command('not-ready')
    .description('report Ready=False')
    .argument('<name>')
    .action((name: string) => withNodes((nodes) => nodes.setNodeReady(name, false)));
  node
    .command('behave')
    .description('what the machine does when it is acted upon (a sandbox with --maintenance)')
    .argument('<name>')
    .argument('<kind>', MACHINE_BEHAVIOURS_ALLOWED, parseMachineOption)
    .action((name: string, behaviour: MachineBehaviour) =>
      withNodes((nodes) => nodes.annotateNode(name, { [MACHINE_ANNOTATION]: behaviour })),
    );
  node
    .command('delete')
    .description('delete the node; its pods are collected')
    .argument('<name>')
    .action((name: string) => withNodes((nodes) => nodes.deleteNode(name)));
  addRealNodeCommands(node);
}

/** A Windows node without one has healed as before. */
function bootOf({ os }: AddOptions): { readonly boot?: string } {
  return os === 'linux' ? { boot: randomUUID() } : {};
}

async function withNodes(action: (nodes: Nodes) => Promise<unknown>): Promise<void> {
  const layout = await demandSandbox();
  const api = createApiClient(await adminAccess(layout));
  try {
    await action(nodesOf(api, layout));
  } catch (error) {
    throw new SandboxProblem(ownMessageOf(error), { cause: error });
  } finally {
    await api.close();
  }
}
