/** `sandbox up`, `sandbox down` and `sandbox tools`. */

import { type Command, Option } from 'commander';
import type { Component } from '../../contracts/processes.ts';
import { currentSandbox, forgetSandbox, rememberedSandbox, rememberSandbox } from '../current-sandbox.ts';
import { SandboxProblem } from '../exit-code.ts';
import { addLinuxNodes } from '../machines/linux-nodes.ts';
import { withMaintenance } from '../machines/maintenance-config.ts';
import { REAL_NODES_MAX } from '../real-nodes/addresses.ts';
import { CNI_KINDS, type CniKind } from '../real-nodes/cni.ts';
import { reap } from '../reap.ts';
import { type Sandbox, startSandbox } from '../start-sandbox.ts';
import { TOOL_NAMES } from '../tools/catalogue.ts';
import { resolveTools } from '../tools/resolve-tool.ts';
import type { VigilanteProcess } from '../vigilante-process.ts';
import {
  addWorldOptions,
  countUpTo,
  evidenceOptions,
  NODES_MAX,
  nodePlan,
  sandboxConfig,
  type WorldOptions,
} from './options.ts';
import { signalReceived } from './signals.ts';

/** Nodes that maintenance may have away at a time. */
const NODES_IN_WORK_MAX = 3;

interface UpOptions extends WorldOptions {
  readonly detach?: boolean;
  readonly vigilante: boolean;
  readonly echo?: boolean;
  readonly linuxNodes: number;
  readonly maintenance?: boolean;
  readonly realNodes: number;
  readonly cni: CniKind;
}

export function addUpCommands(program: Command): void {
  const up = program
    .command('up')
    .description('start the sandbox; stays in the foreground until Ctrl-C unless detached')
    .option('--detach', 'return once everything is up; `sandbox down` ends it')
    .option('--no-vigilante', 'only the third-party parts: no worker, starter, collector, maintainer or agents')
    .option('--echo', 'an echo, and pods that dial it; --evidence source-address implies it')
    .option('--linux-nodes <count>', 'simulated Linux nodes in three zones', countUpTo(NODES_MAX), 0)
    .option(
      '--maintenance',
      'the maintainer with rolling reboots of Linux nodes, and machines that do as they are told',
    )
    .option(
      '--real-nodes <count>',
      'nodes with kubelet, containerd and CNI, beside the others',
      countUpTo(REAL_NODES_MAX),
      0,
    )
    .addOption(new Option('--cni <kind>', 'network of the real nodes').choices([...CNI_KINDS]).default('honest'));
  addWorldOptions(up, { nodes: 0 }).action((options: UpOptions) => bringUp(options));
  program.command('down').description('end the sandbox, whatever is left of it').action(bringDown);
  program
    .command('tools')
    .description('build every third-party program that is missing')
    .action(async () => {
      const paths = await resolveTools(TOOL_NAMES);
      for (const name of TOOL_NAMES) process.stdout.write(`${name}\t${paths[name]}\n`);
    });
}

async function bringUp(options: UpOptions): Promise<void> {
  if ((await currentSandbox()) !== null) {
    throw new SandboxProblem('a sandbox is up already: `vigilante sandbox down` ends it');
  }
  const { realNodes: count, cni, maintenance = false } = options;
  const config = sandboxConfig(options);
  const sandbox = await startSandbox({
    vigilante: maintenance ? withMaintenance(config, { nodesMax: NODES_IN_WORK_MAX }) : config,
    machines: maintenance,
    echo: options.echo ?? false,
    ...evidenceOptions(options),
    ...(count === 0 ? {} : { realNodes: { count, cni } }),
  });
  try {
    await rememberSandbox(sandbox.layout);
    for (const { name, behaviour } of nodePlan(options)) await sandbox.addNode(name, { behaviour });
    await addLinuxNodes(sandbox, options.linuxNodes);
    if (options.vigilante) {
      await startComponents(sandbox);
      await sandbox.startAgents({ count: options.agents });
    }
  } catch (error) {
    await endSandbox(sandbox);
    throw error;
  }
  const { TEMPORAL_UI_URL, KUBECONFIG } = sandbox.env;
  process.stdout.write(`Temporal UI  ${TEMPORAL_UI_URL}\nkubeconfig   ${KUBECONFIG}\n`);
  process.stdout.write('environment  eval "$(bin/vigilante sandbox env)"\n');
  if (options.detach === true) return sandbox.detach();
  await signalReceived();
  await endSandbox(sandbox);
}

const STARTED: readonly Component[] = ['worker', 'starter', 'collector'];
/** Where nodes are maintained: `maintenance.enabled` is off by default. */
const WITH_MAINTENANCE: readonly Component[] = [...STARTED, 'maintainer'];

export async function startComponents(sandbox: Sandbox): Promise<readonly VigilanteProcess[]> {
  const components = sandbox.layout.hasMachines ? WITH_MAINTENANCE : STARTED;
  const started = await Promise.all(components.map((component) => sandbox.startProcess(component)));
  await Promise.all(started.map((component) => component.waitUntilReady()));
  return started;
}

export async function endSandbox(sandbox: Sandbox): Promise<void> {
  await sandbox.stop();
  await forgetSandbox(sandbox.layout);
}

async function bringDown(): Promise<void> {
  const layout = await rememberedSandbox();
  if (layout === null) {
    process.stdout.write('no sandbox is up\n');
    return;
  }
  await reap(layout.id, layout.folder);
  await forgetSandbox(layout);
}
