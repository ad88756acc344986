/** Switches real nodes on and off and pulls their cables. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { type SandboxProcess, startProcess } from '../child-process.ts';
import { SandboxProblem } from '../exit-code.ts';
import { fileOf, logOf, type SandboxLayout } from '../layout.ts';
import { processesOf } from '../reap.ts';
import { waitUntil } from '../wait-until.ts';
import { REAL_NODE_LABEL, type RealNode, ROUTER_ADDRESS, SNAT_LABEL } from './addresses.ts';
import { makeCgroups } from './cgroups.ts';
import { firstProcessOf, inNamespacesOf, inNetworkOf, PATH_OF_ROOT } from './namespaces.ts';
import { BRIDGE } from './network.ts';
import { NODE_SCRIPT, REBOOT_CODE } from './node-script.ts';

export interface MachineRoom {
  readonly layout: SandboxLayout;
  /** Process that holds the router's network namespace. */
  readonly router: number;
}

const LABELS = `${REAL_NODE_LABEL}=true,${SNAT_LABEL}=true`;
const END_TIMEOUT_MS = 20_000;

/** Switches it on; on one that runs, plugs the cable in again. As long as this process lives, one that reboots comes back. */
export async function startMachine(room: MachineRoom, node: RealNode): Promise<void> {
  if ((await runningMachine(room.layout, node)) !== null) {
    await inNetworkOf(room.router, `ip link set ${node.link} up`);
    return;
  }
  await makeCgroups(room.layout.id, node.name);
  const folder = fileOf(room.layout, `real-nodes/${node.name}`);
  const unshare = await startProcess({
    name: node.name,
    program: 'unshare',
    args: [
      '--net',
      '--mount',
      '--uts',
      '--ipc',
      '--pid',
      '--fork',
      '--kill-child',
      '--propagation',
      'private',
      '--mount-proc',
      'sh',
      '-c',
      NODE_SCRIPT,
      'sh',
      node.name,
      node.address,
      folder,
      LABELS,
    ],
    env: { PATH: PATH_OF_ROOT },
    sandboxId: room.layout.id,
    logPath: logOf(room.layout, node.name),
  });
  const first = await firstProcessOf(unshare);
  await writeFile(pidFile(room.layout, node), `${first}`);
  await plugIn(room, node, first);
  void againAfterReboot(room, node, unshare);
}

/** What the firmware of a real machine does. */
async function againAfterReboot(room: MachineRoom, node: RealNode, unshare: SandboxProcess): Promise<void> {
  const { code } = await unshare.exited;
  if (code !== REBOOT_CODE) return;
  await startMachine(room, node).catch((error: unknown) => {
    process.stderr.write(`${node.name} did not come back from its reboot: ${String(error)}\n`);
  });
}

/** As a power cut does it: every process of the node ends at once, its disk stays. */
export async function crashMachine({ layout }: MachineRoom, node: RealNode): Promise<void> {
  const first = await demandMachine(layout, node);
  process.kill(first, 'SIGKILL');
  await waitUntil(async () => (await runningMachine(layout, node)) === null, {
    what: `${node.name} to end`,
    timeoutMs: END_TIMEOUT_MS,
  });
  await rm(pidFile(layout, node), { force: true });
}

/** Its processes go on, no packet gets in or out. */
export async function cutMachine({ layout, router }: MachineRoom, node: RealNode): Promise<void> {
  await demandMachine(layout, node);
  await inNetworkOf(router, `ip link set ${node.link} down`);
}

/** Runs a shell script in its network; resolves with what the script printed. */
export async function inNetworkOfMachine({ layout }: MachineRoom, node: RealNode, script: string): Promise<string> {
  return inNetworkOf(await demandMachine(layout, node), script);
}

/** The same in all its namespaces, as its root would. */
export async function onMachine({ layout }: MachineRoom, node: RealNode, script: string): Promise<string> {
  return inNamespacesOf(await demandMachine(layout, node), script);
}

/** The pid of its first process; null while it is off. */
async function runningMachine(layout: SandboxLayout, node: RealNode): Promise<number | null> {
  const text = await readFile(pidFile(layout, node), 'utf8').catch(() => null);
  if (text === null) return null;
  return (await processesOf(layout.id)).includes(Number(text)) ? Number(text) : null;
}

async function demandMachine(layout: SandboxLayout, node: RealNode): Promise<number> {
  const first = await runningMachine(layout, node);
  if (first === null) throw new SandboxProblem(`${node.name} is off: \`vigilante sandbox node start ${node.name}\``);
  return first;
}

/** The link of a node that crashed goes with its namespace, which takes the kernel a moment. */
async function plugIn({ router }: MachineRoom, node: RealNode, first: number): Promise<void> {
  await inNetworkOf(
    router,
    `
    ip link delete ${node.link} 2>/dev/null || :
    ip link add ${node.link} type veth peer name eth0 netns ${first}
    ip link set ${node.link} master ${BRIDGE} up
    `,
  );
  await inNetworkOf(
    first,
    `
    ip link set lo up
    echo 1 >/proc/sys/net/ipv4/ip_forward
    ip address add ${node.address}/24 dev eth0
    ip link set eth0 up
    ip route add default via ${ROUTER_ADDRESS}
    `,
  );
}

function pidFile(layout: SandboxLayout, node: RealNode): string {
  return fileOf(layout, `real-nodes/${node.name}/pid`);
}
