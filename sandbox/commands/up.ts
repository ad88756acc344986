/** `sandbox up`, `sandbox down` and `sandbox tools`. */

import { type Command, Option } from 'commander';
import { currentSandbox, forgetSandbox, rememberedSandbox, rememberSandbox } from '../current-sandbox.ts';
import { SandboxProblem } from '../exit-code.ts';
import { FLEET, startFleet } from '../fleet.ts';
import { addLinuxNodes } from '../machines/linux-nodes.ts';
import { withMaintenance } from '../machines/maintenance-config.ts';
import type { CONTROL_PLANE_COUNTS } from '../parts/place.ts';
import { REAL_NODES_MAX } from '../real-nodes/addresses.ts';
import { CNI_KINDS, type CniKind } from '../real-nodes/cni.ts';
import { reap } from '../reap.ts';
import { type SandboxOptions, startSandbox } from '../start-sandbox.ts';
import { TOOL_NAMES } from '../tools/catalogue.ts';
import {
  KUBERNETES_VERSION_DEFAULT,
  KUBERNETES_VERSIONS,
  type KubernetesVersion,
} from '../tools/kubernetes-versions.ts';
import { resolveTools } from '../tools/resolve-tool.ts';
import { endSandbox, startComponents } from './components.ts';
import {
  addWorldOptions,
  countUpTo,
  evidenceOptions,
  NODES_MAX,
  nodePlan,
  parseControlPlane,
  parseFleet,
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
  readonly controlPlane?: (typeof CONTROL_PLANE_COUNTS)[number];
  readonly kubernetes: KubernetesVersion;
  readonly fleet?: number;
}

/** Of what runs; `sandbox tools --next` builds the rest. */
const TOOLS = TOOL_NAMES.filter((name) => !name.endsWith('-next'));

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
    .addOption(new Option('--cni <kind>', 'network of the real nodes').choices([...CNI_KINDS]).default('honest'))
    .option(
      '--control-plane <count>',
      'nodes that run the control plane, 1 or 3 (default: it has none)',
      parseControlPlane,
    )
    .addOption(
      new Option('--kubernetes <version>', 'version of the control plane, and of the simulated kubelets')
        .choices([...KUBERNETES_VERSIONS])
        .default(KUBERNETES_VERSION_DEFAULT),
    )
    .addOption(
      new Option(
        '--fleet <count>',
        `the clusters ${FLEET.map(({ cluster }) => cluster).join(', ')} on one Temporal, with six Linux nodes each`,
      )
        .argParser(parseFleet)
        .conflicts([
          'controlPlane',
          'nodes',
          'agents',
          'behaviours',
          'linuxNodes',
          'realNodes',
          'cni',
          'echo',
          'evidence',
        ]),
    );
  addWorldOptions(up, { nodes: 0 }).action((options: UpOptions) => bringUp(options));
  program.command('down').description('end the sandbox, whatever is left of it').action(bringDown);
  program
    .command('tools')
    .description('build every third-party program that is missing')
    .option('--next', 'those of the next version of Kubernetes, too: upgrades need them')
    .action(async ({ next = false }: { readonly next?: boolean }) => {
      const names = next ? TOOL_NAMES : TOOLS;
      const paths = await resolveTools(names);
      for (const name of names) process.stdout.write(`${name}\t${paths[name]}\n`);
    });
}

async function bringUp(options: UpOptions): Promise<void> {
  if ((await currentSandbox()) !== null) {
    throw new SandboxProblem('a sandbox is up already: `vigilante sandbox down` ends it');
  }
  if (options.fleet !== undefined) return bringUpFleet(options);
  const { realNodes: count, cni, maintenance = false, controlPlane } = options;
  const sandbox = await startSandbox({
    ...sandboxOptions(options, maintenance),
    echo: options.echo ?? false,
    ...evidenceOptions(options),
    ...(controlPlane === undefined ? {} : { controlPlane }),
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

/** What all clusters of a fleet have in common. */
function sandboxOptions(options: UpOptions, maintenance: boolean): SandboxOptions {
  const config = sandboxConfig(options);
  const hasControlPlane = options.fleet !== undefined || options.controlPlane !== undefined;
  return {
    vigilante: maintenance
      ? withMaintenance(config, { nodesMax: NODES_IN_WORK_MAX, exchanges: hasControlPlane })
      : config,
    machines: maintenance,
    kubernetes: options.kubernetes,
  };
}

/** Maintained, whatever the options say: nothing else is done with several clusters. */
async function bringUpFleet(options: UpOptions): Promise<void> {
  const fleet = await startFleet(sandboxOptions(options, true));
  const [first] = fleet.clusters;
  try {
    if (first !== undefined) await rememberSandbox(first.layout);
    if (options.vigilante) await Promise.all(fleet.clusters.map(startComponents));
  } catch (error) {
    await fleet.stop();
    throw error;
  }
  for (const { layout, env } of fleet.clusters)
    process.stdout.write(`${layout.cluster.padEnd(12)} ${env.KUBECONFIG}\n`);
  process.stdout.write('environment  eval "$(bin/vigilante sandbox env --cluster NAME)"\n');
  if (options.detach === true) return fleet.detach();
  await signalReceived();
  await fleet.stop();
  if (first !== undefined) await forgetSandbox(first.layout);
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
