/** The real nodes of a sandbox: kubelet, containerd and CNI, each node a set of namespaces of this machine. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ApiClient } from '../api-client.ts';
import { logTail, type SandboxProcess } from '../child-process.ts';
import { SandboxProblem } from '../exit-code.ts';
import { collectorAddress, fileOf, logOf, type SandboxLayout } from '../layout.ts';
import { nodesOf } from '../nodes.ts';
import { MissingPrerequisite } from '../tools/missing-prerequisite.ts';
import { waitUntil } from '../wait-until.ts';
import { COLLECTOR_PORT, type RealNode, ROUTER_ADDRESS, realNodeNamed, realNodes } from './addresses.ts';
import type { CniKind, PodNetworkOptions } from './cni.ts';
import { startRealEcho } from './echo.ts';
import { imageArchive } from './image.ts';
import { grantKubelets } from './kubelet-users.ts';
import { crashMachine, cutMachine, inNetworkOfMachine, type MachineRoom, onMachine, startMachine } from './machine.ts';
import { startNetwork, startOnEchoHost, startRelays } from './network.ts';
import { writeNodeFiles } from './node-files.ts';
import { pluginFolder } from './prerequisites.ts';
import { type CureOptions, cure, translate } from './translation.ts';

export interface RealNodesOptions {
  readonly count: number;
  /** Default: honest. */
  readonly cni?: CniKind;
  /** What is run as their echo, where the sandbox has one; default: `vigilante` of this checkout. */
  readonly echoProgram?: string;
  /** Docker archives that the nodes have, besides the image of the sandbox: by the names of their files. */
  readonly images?: Readonly<Record<string, Buffer>>;
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
  /** The same in all namespaces of the node, as its root would. */
  on(name: string, script: string): Promise<string>;
  /** From now on nodes reach the collector of the sandbox; resolves with its URL for them. Once per sandbox. */
  openCollector(): Promise<string>;
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
  router: z.int(),
  echo: z.int(),
});
type State = z.infer<typeof StateSchema>;

/** Resolves once every node is Ready. */
export async function startRealNodes(
  layout: SandboxLayout,
  api: ApiClient,
  { count, cni = 'honest', echoProgram, images = {}, kubelet }: RealNodesOptions & { readonly kubelet: string },
): Promise<void> {
  const plugins = await pluginFolder();
  if (plugins === null) throw new MissingPrerequisite('the CNI plugins are not there');
  const nodes = realNodes(count);
  const folder = fileOf(layout, 'real-nodes');
  await mkdir(folder);
  const archives = await writeArchives(folder, { ...images, 'sandbox.tar': await imageArchive() });
  for (const node of nodes)
    await writeNodeFiles({ layout, node, cni, kubelet, pluginFolder: plugins, images: archives });
  await grantKubelets(api);
  const network = await startNetwork(layout, nodes);
  const state: State = { count, ...network };
  await writeFile(fileOf(layout, 'real-nodes.json'), JSON.stringify(state));
  if (layout.echo !== null) await startRealEcho(layout, { host: network.echo, program: echoProgram });
  await Promise.all(nodes.map((node) => startMachine({ layout, router: network.router }, node)));
  for (const node of nodes) await untilReady(layout, api, node);
}

/** Resolves with their paths. */
async function writeArchives(folder: string, archives: Readonly<Record<string, Buffer>>): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const [name, archive] of Object.entries(archives)) {
    const path = `${folder}/${name}`;
    await writeFile(path, archive);
    paths.push(path);
  }
  return paths;
}

/** Rejects in a sandbox without real nodes. */
export async function realNodesOf(layout: SandboxLayout): Promise<RealNodes> {
  const text = await readFile(fileOf(layout, 'real-nodes.json'), 'utf8').catch(() => null);
  if (text === null) throw new SandboxProblem('the sandbox has no real nodes: start it with --real-nodes');
  const state = StateSchema.parse(JSON.parse(text));
  const room: MachineRoom = { layout, router: state.router };
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
    on: (name, script) => onMachine(room, named(name), script),
    openCollector: () => openCollector(layout, state.router),
    startOnEchoHost: (start) => startOnEchoHost(layout, { ...start, echo: state.echo }),
  };
}

async function openCollector(layout: SandboxLayout, router: number): Promise<string> {
  const socket = fileOf(layout, 'collector.sock');
  const target = collectorAddress(layout);
  await startRelays(layout, { router, name: 'collector-relay', socket, port: COLLECTOR_PORT, target });
  return `http://${ROUTER_ADDRESS}:${COLLECTOR_PORT}`;
}

async function untilReady(layout: SandboxLayout, api: ApiClient, { name }: RealNode): Promise<void> {
  await waitUntil(async () => (await nodesOf(api).getNode(name))?.ready ?? false, {
    what: `${name} to be Ready`,
    timeoutMs: READY_TIMEOUT_MS,
    pollMs: 500,
    explain: async () => `its log ends with:\n${await logTail(logOf(layout, name))}`,
  });
}
