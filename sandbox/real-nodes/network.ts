/** The network of the real nodes: a router with a bridge for them, and behind it the host of the echo. */

import { fileURLToPath } from 'node:url';
import { type SandboxProcess, startProcess } from '../child-process.ts';
import { fileOf, logOf, type SandboxLayout } from '../layout.ts';
import { LOOPBACK } from '../ports.ts';
import { CONTROL_PLANE_PORT, ECHO_ADDRESS, ECHO_ROUTER_ADDRESS, type RealNode, ROUTER_ADDRESS } from './addresses.ts';
import { inNetworkOf, PATH_OF_ROOT, untilApart } from './namespaces.ts';

const RELAY = fileURLToPath(new URL('./relay-main.ts', import.meta.url));
export const BRIDGE = 'nodes';

export interface RealNetwork {
  /** Processes that hold the namespaces. */
  readonly router: number;
  readonly echo: number;
}

export interface RelayOptions {
  /** Process that holds the network of the router. */
  readonly router: number;
  readonly name: string;
  readonly socket: string;
  readonly port: number;
  readonly target: string;
}

/** A process on the host behind the router; it ends with the sandbox. */
export async function startOnEchoHost(
  layout: SandboxLayout,
  { name, program, args, echo }: { name: string; program: string; args: readonly string[]; echo: number },
): Promise<SandboxProcess> {
  return startProcess({
    name,
    program: 'nsenter',
    args: [`--net=/proc/${echo}/ns/net`, program, ...args],
    env: { PATH: PATH_OF_ROOT },
    sandboxId: layout.id,
    logPath: logOf(layout, name),
  });
}

/** Nothing of it is in the network of the machine. */
export async function startNetwork(layout: SandboxLayout, nodes: readonly RealNode[]): Promise<RealNetwork> {
  const [router, echo] = await Promise.all([startHolder(layout, 'router'), startHolder(layout, 'echo-host')]);
  await inNetworkOf(
    router.pid,
    `
    ip link set lo up
    ip link add ${BRIDGE} type bridge
    ip address add ${ROUTER_ADDRESS}/24 dev ${BRIDGE}
    ip link set ${BRIDGE} up
    ip link add echo type veth peer name eth0 netns ${echo.pid}
    ip address add ${ECHO_ROUTER_ADDRESS}/24 dev echo
    ip link set echo up
    echo 1 >/proc/sys/net/ipv4/ip_forward
    ${nodes.map(({ podSubnet, address }) => `ip route add ${podSubnet} via ${address}`).join('\n')}
    `,
  );
  await inNetworkOf(
    echo.pid,
    `
    ip link set lo up
    ip address add ${ECHO_ADDRESS}/24 dev eth0
    ip link set eth0 up
    ip route add default via ${ECHO_ROUTER_ADDRESS}
    `,
  );
  await startRelays(layout, {
    router: router.pid,
    name: 'relay',
    socket: fileOf(layout, 'apiserver.sock'),
    port: CONTROL_PLANE_PORT,
    target: `${LOOPBACK}:${layout.ports.apiserver}`,
  });
  return { router: router.pid, echo: echo.pid };
}

async function startHolder(layout: SandboxLayout, name: string): Promise<SandboxProcess> {
  const holder = await startProcess({
    name,
    program: 'unshare',
    args: ['--net', 'sleep', 'infinity'],
    env: { PATH: PATH_OF_ROOT },
    sandboxId: layout.id,
    logPath: logOf(layout, name),
  });
  await untilApart(holder);
  return holder;
}

/**
 * What listens on this machine answers on the router, too, at `port`.
 *
 * @param socket file that reaches from one network into the other
 */
export async function startRelays(
  layout: SandboxLayout,
  { router, name, socket, port, target }: RelayOptions,
): Promise<void> {
  const start = (side: string, program: string, args: readonly string[]) =>
    startProcess({
      name: `${name}-${side}`,
      program,
      args,
      env: { PATH: PATH_OF_ROOT },
      sandboxId: layout.id,
      logPath: logOf(layout, `${name}-${side}`),
    });
  await start('inside', process.execPath, [RELAY, socket, target]);
  const outside = [`--net=/proc/${router}/ns/net`, process.execPath, RELAY, `${ROUTER_ADDRESS}:${port}`, socket];
  await start('outside', 'nsenter', outside);
}
