/** What a real node has on its disk before its first start: its `/var`, a folder of the sandbox. */

import { copyFile, link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { fileOf, type SandboxLayout } from '../layout.ts';
import { type RealNode, ROUTER_ADDRESS } from './addresses.ts';
import { cgroupOf } from './cgroups.ts';
import {
  CNI_CONFIGURATION_FOLDER,
  CNI_PROGRAM_FOLDER,
  type CniKind,
  CONFLIST_NAME,
  conflist,
  PLUGINS,
  wrapperPlugin,
} from './cni.ts';
import { PAUSE_IMAGE } from './image.ts';
import { kubeconfigUser } from './kubelet-users.ts';

export interface NodeFiles {
  readonly layout: SandboxLayout;
  readonly node: RealNode;
  readonly cni: CniKind;
  /** Path of the kubelet on the machine. */
  readonly kubelet: string;
  /** Folder of the machine's CNI plugins. */
  readonly pluginFolder: string;
  /** Archives that the node imports; links to them, not copies. */
  readonly images: readonly string[];
}

/** Paths in the node. */
export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';
export const CONTAINERD_CONFIGURATION = '/var/lib/containerd.toml';
export const KUBELET_CONFIGURATION = '/var/lib/kubelet/config.yaml';
export const KUBELET_KUBECONFIG = '/var/lib/kubelet/kubeconfig';
export const KUBELET_CERTIFICATES = '/var/lib/kubelet/apiserver.crt';
export const IMAGE_FOLDER = '/var/lib/images';
/** Programs that go before those of the machine. */
export const PROGRAM_FOLDER = '/var/lib/sbin';
/** What the node runs as its kubelet: at first a link to the program of the machine. */
export const KUBELET_PROGRAM = '/var/lib/bin/kubelet';
const RESOLV_CONF = '/var/lib/kubelet/resolv.conf';

/** Where a file of the node is on this machine. */
export function pathInNode(layout: SandboxLayout, node: RealNode, path: `/var/${string}`): string {
  return join(fileOf(layout, `real-nodes/${node.name}`), path);
}

/** The node's CNI configuration is the uncured one. */
export async function writeNodeFiles({ layout, node, cni, kubelet, pluginFolder, images }: NodeFiles): Promise<void> {
  const at = (path: `/var/${string}`) => pathInNode(layout, node, path);
  const plugin = wrapperPlugin(cni);
  for (const folder of [
    '/var/log',
    '/var/tmp',
    '/var/lib/kubelet',
    CNI_CONFIGURATION_FOLDER,
    CNI_PROGRAM_FOLDER,
    IMAGE_FOLDER,
    PROGRAM_FOLDER,
    '/var/lib/bin',
  ] as const)
    await mkdir(at(folder), { recursive: true });
  for (const name of PLUGINS) await symlink(join(pluginFolder, name), at(`${CNI_PROGRAM_FOLDER}/${name}`));
  await writeFile(at(`${CNI_PROGRAM_FOLDER}/${plugin.name}`), plugin.text, { mode: 0o755 });
  await writeFile(at(`${CNI_CONFIGURATION_FOLDER}/${CONFLIST_NAME}`), conflist(node, { snat: true }));
  await writeFile(at(CONTAINERD_CONFIGURATION), containerdConfiguration());
  await writeFile(at(KUBELET_CONFIGURATION), stringify(kubeletConfiguration(layout, node)));
  // The control plane names no DNS server, and without any line containerd copies the file of the machine.
  await writeFile(at(RESOLV_CONF), `nameserver ${ROUTER_ADDRESS}\n`);
  await copyFile(fileOf(layout, `kubeconfig-${kubeconfigUser(node)}`), at(KUBELET_KUBECONFIG));
  await copyFile(fileOf(layout, 'certificates/apiserver.crt'), at(KUBELET_CERTIFICATES));
  await symlink(kubelet, at(KUBELET_PROGRAM));
  await writeFile(at(`${PROGRAM_FOLDER}/systemctl`), SYSTEMCTL, { mode: 0o755 });
  // As everywhere: what is written there is gone after a boot.
  await symlink('/run', at('/var/run'));
  for (const image of images) await link(image, at(`${IMAGE_FOLDER}/${basename(image)}`));
}

/**
 * Asks the first process of the node for a reboot by the signal that systemd takes as Ctrl-Alt-Del. A kubelet that ends is
 * started again by that process.
 */
const SYSTEMCTL = `#!/bin/sh
case "$*" in
reboot) kill -s INT 1 ;;
'restart kubelet')
  for process in /proc/[0-9]*; do
    if [ "$(cat "$process/comm" 2>/dev/null)" = kubelet ]; then kill "\${process#/proc/}"; fi
  done
  ;;
*)
  echo "systemctl of a node of the sandbox: only reboot and restart kubelet are known, not $*" >&2
  exit 1
  ;;
esac
`;

/** Read by containerd 1.6; 2.x reads this version too. */
function containerdConfiguration(): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"

[grpc]
  address = "${CONTAINERD_SOCKET}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # A lower score needs CAP_SYS_RESOURCE, which root has not everywhere.
  restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${CNI_PROGRAM_FOLDER}"
  conf_dir = "${CNI_CONFIGURATION_FOLDER}"
  max_conf_num = 1
`;
}

function kubeletConfiguration(layout: SandboxLayout, node: RealNode): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    // The control plane cannot reach the node: nobody asks the kubelet for logs.
    authentication: { anonymous: { enabled: false }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroupOf(layout.id)}/${node.name}`,
    failCgroupV1: false,
    failSwapOn: false,
    // The node shows values that the kubelet finds right, see node-script.ts; it must not set those of the machine.
    protectKernelDefaults: true,
    makeIPTablesUtilChains: false,
    oomScoreAdj: 0,
    resolvConf: RESOLV_CONF,
    // The disk and the memory are the machine's, and not the node's to worry about.
    evictionHard: {
      'memory.available': '0%',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
    imageGCHighThresholdPercent: 100,
  };
}
