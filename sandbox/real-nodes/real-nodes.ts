/** The real nodes of a sandbox: kubelet, containerd and CNI, each node a set of namespaces of this machine. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ApiClient } from '../api-client.ts';
import { logTail, type SandboxProcess } from '../child-process.ts';
import { SandboxProblem } from '../exit-code.ts';
import { fileOf, logOf, type SandboxLayout } from '../layout.ts';
import { nodesOf } from '../nodes.ts';
import { MissingPrerequisite } from '../tools/missing-prerequisite.ts';
import { waitUntil } from '../wait-until.ts';
import { type RealNode, realNodeNamed, realNodes } from './addresses.ts';
import type { CniKind, PodNetworkOptions } from './cni.ts';
import { startRealEcho } from './echo.ts';
import { imageArchive } from './image.ts';
import { grantKubelets } from './kubelet-users.ts';
import { crashMachine, cutMachine, inNetworkOfMachine, type MachineRoom, startMachine } from './machine.ts';
import { startNetwork, startOnEchoHost } from './network.ts';
import { writeNodeFiles } from './node-files.ts';
import { pluginFolder } from './prerequisites.ts';
import { type CureOptions, cure, translate } from './translation.ts';

export interface RealNodesOptions {
  readonly count: number;
  /** Default: honest. */
  readonly cni?: CniKind;
  /** What is run as their echo, where the sandbox has one; default: `vigilante` of this checkout. */
  readonly echoProgram?: string;
}

export interface RealNodes {
  /** New pods keep their own address; see `cure` in translation.ts. */
  cure(name: string, options?: CureOptions): Promise<number>;
  /** New pods show the node's address, as at first. */
  snat(name: string, network?: PodNetworkOptions): Promise<number>;
  crash(name: string): Promise<void>;
  start(name: string): Promise<void>;
  cut(name: string): Promise<void>;
  /** Runs a shell script in the network of the node; resolves with what the script printed. */
  inNetworkOf(name: string, script: string): Promise<string>;
  /** A program on the host behind the router, at `ECHO_ADDRESS`. */
  startOnEchoHost(start: EchoHostProgram): Promise<SandboxProcess>;
}

export interface EchoHostProgram {
  /** Names its log too. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const READY_TIMEOUT_MS = 180_000;

/** Another process joins in by this file. */
const StateSchema = z.strictObject({
  count: z.int().min(1),
  kubelet: z.string(),
  router: z.int(),
  echo: z.int(),
});
type State = z.infer<typeof StateSchema>;

/** Resolves once every node is Ready. */
export async function startRealNodes(
  layout: SandboxLayout,
  api: ApiClient,
  { count, cni = 'honest', echoProgram, kubelet }: RealNodesOptions & { readonly kubelet: string },
): Promise<void> {
  const plugins = await pluginFolder();
  if (plugins === null) throw new MissingPrerequisite('the CNI plugins are not there');
  const nodes = realNodes(count);
  const folder = fileOf(layout, 'real-nodes');
  await mkdir(folder);
  const image = `${folder}/image.tar`;
  await writeFile(image, await imageArchive());
  for (const node of nodes) await writeNodeFiles({ layout, node, cni, pluginFolder: plugins, image });
  await grantKubelets(api);
  const network = await startNetwork(layout, nodes);
  const state: State = { count, kubelet, ...network };
  await writeFile(fileOf(layout, 'real-nodes.json'), JSON.stringify(state));
  if (layout.echo !== null) await startRealEcho(layout, { host: network.echo, program: echoProgram });
  await Promise.all(nodes.map((node) => startMachine({ layout, kubelet, router: network.router }, node)));
  for (const node of nodes) await untilReady(layout, api, node);
}

/** Rejects in a sandbox without real nodes. */
export async function realNodesOf(layout: SandboxLayout): Promise<RealNodes> {
  const text = await readFile(fileOf(layout, 'real-nodes.json'), 'utf8').catch(() => null);
  if (text === null) throw new SandboxProblem('the sandbox has no real nodes: start it with --real-nodes');
  const state = StateSchema.parse(JSON.parse(text));
  const room: MachineRoom = { layout, kubelet: state.kubelet, router: state.router };
  const named = (name: string) => {
    const node = realNodeNamed(name, state.count);
    if (node === null) throw new SandboxProblem(`${name} is not a real node: they are real-1 to real-${state.count}`);
    return node;
  };
  return {
    cure: (name, options) => cure(layout, named(name), options),
    snat: (name, network) => translate(layout, named(name), network),
    crash: (name) => crashMachine(room, named(name)),
    start: (name) => startMachine(room, named(name)),
    cut: (name) => cutMachine(room, named(name)),
    inNetworkOf: (name, script) => inNetworkOfMachine(room, named(name), script),
    startOnEchoHost: (start) => startOnEchoHost(layout, { ...start, echo: state.echo }),
  };
}

async function untilReady(layout: SandboxLayout, api: ApiClient, { name }: RealNode): Promise<void> {
  await waitUntil(async () => (await nodesOf(api).getNode(name))?.ready ?? false, {
    what: `${name} to be Ready`,
    timeoutMs: READY_TIMEOUT_MS,
    pollMs: 500,
    explain: async () => `its log ends with:\n${await logTail(logOf(layout, name))}`,
  });
}
