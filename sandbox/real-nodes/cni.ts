/** The pod network of a real node: its CNI configuration, and the plugin that containerd calls. */

import type { RealNode } from './addresses.ts';

/** `lying`: it reports success and gives an address, but translates whatever the configuration says. */
export const CNI_KINDS = ['honest', 'lying'] as const;
export type CniKind = (typeof CNI_KINDS)[number];

/** Where the CNI plugins of the machine may be: Debian's package, then the usual folder. */
export const PLUGIN_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin'] as const;
/** Called by containerd, or by our plugin. */
export const PLUGINS = ['bridge', 'host-local', 'loopback'] as const;
const WRAPPER = 'vigilante-bridge';

/** Paths in the node. */
export const CNI_CONFIGURATION_FOLDER = '/var/lib/cni/net.d';
export const CNI_PROGRAM_FOLDER = '/var/lib/cni/bin';
export const CNI_LOG = '/var/log/cni.log';
export const CONFLIST_NAME = '10-pods.conflist';

export interface PodNetworkOptions {
  /** How many addresses there are for pods, so that they soon have old ones again; default: all of the subnet. */
  readonly podAddressesMax?: number;
}

/** With `snat` a packet of a pod leaves the node with the node's address, otherwise with the pod's. */
export function conflist(
  node: RealNode,
  { snat, podAddressesMax }: PodNetworkOptions & { readonly snat: boolean },
): string {
  return JSON.stringify({
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: WRAPPER,
        bridge: 'cni0',
        isGateway: true,
        ipMasq: snat,
        ipam: {
          type: 'host-local',
          dataDir: '/var/lib/cni/networks',
          ranges: [[{ subnet: node.podSubnet, ...addressesOf(node, podAddressesMax) }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  });
}

/** The first of the subnet is that of the bridge. At most 250. */
function addressesOf({ podSubnet }: RealNode, max: number | undefined): object {
  if (max === undefined) return {};
  const network = podSubnet.slice(0, podSubnet.lastIndexOf('.'));
  return { rangeStart: `${network}.2`, rangeEnd: `${network}.${1 + max}` };
}

/** Name and text of our plugin, a shell script: it logs every call and leaves the work to the plugin `bridge`. */
export function wrapperPlugin(kind: CniKind): { readonly name: string; readonly text: string } {
  const passed = kind === 'lying' ? 's/"ipMasq":false/"ipMasq":true/' : '';
  return {
    name: WRAPPER,
    text: `#!/bin/sh
configuration=$(cat)
asked=$(printf '%s' "$configuration" | sed -n 's/.*"ipMasq":\\([a-z]*\\).*/\\1/p')
printf '%s %s %s ipMasq=%s\\n' "$(date +%s.%N)" "$CNI_COMMAND" "$CNI_CONTAINERID" "$asked" >>${CNI_LOG}
printf '%s' "$configuration" | sed '${passed}' | ${CNI_PROGRAM_FOLDER}/bridge
`,
  };
}
