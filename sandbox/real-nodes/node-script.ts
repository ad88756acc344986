/** The first process of a real node: a shell script that makes the node of its namespaces and serves as its init. */

import {
  CONTAINERD_CONFIGURATION,
  CONTAINERD_SOCKET,
  IMAGE_FOLDER,
  KUBELET_CONFIGURATION,
  KUBELET_KUBECONFIG,
  KUBELET_PROGRAM,
  PROGRAM_FOLDER,
} from './node-files.ts';

/** The kubelet sets them where they differ, for the whole machine; in the node it reads what it wants to see. */
const KERNEL_SETTINGS = {
  'vm/overcommit_memory': 1,
  'vm/panic_on_oom': 0,
  'kernel/panic': 10,
  'kernel/panic_on_oops': 1,
  'kernel/keys/root_maxkeys': 1_000_000,
  'kernel/keys/root_maxbytes': 25_000_000,
} as const;

/** Exit code of a node that wants to be started again: it was asked to reboot. */
export const REBOOT_CODE = 85;
/** Where the node has programs of its own: before all others on every PATH. */
const FIRST_ON_PATH = '/usr/local/sbin';

/** `$1` name, `$2` address, `$3` folder on this machine, `$4` labels. Both programs come back after a second. */
export const NODE_SCRIPT = `
set -eu
trap 'exit ${REBOOT_CODE}' INT
name=$1 address=$2 folder=$3 labels=$4
echo "$name" >/proc/sys/kernel/hostname
mount --bind "$folder/var" /var
mount -t tmpfs tmpfs /run
mount -t overlay overlay -o lowerdir=${PROGRAM_FOLDER}:${FIRST_ON_PATH} ${FIRST_ON_PATH}
mkdir /run/settings
show() {
  file=/run/settings/$(echo "$1" | tr / _)
  echo "$2" >"$file"
  mount --bind "$file" "/proc/sys/$1"
}
boot=$(cat /proc/sys/kernel/random/uuid)
show kernel/random/boot_id "$boot"
${Object.entries(KERNEL_SETTINGS)
  .map(([path, value]) => `show ${path} ${value}`)
  .join('\n')}
until ip route show default | grep -q .; do sleep 0.1; done
keep_up() {
  log=/var/log/$1.log
  shift
  while :; do
    "$@" >>"$log" 2>&1 || :
    sleep 1
  done
}
keep_up containerd containerd --config ${CONTAINERD_CONFIGURATION} &
until ctr --address ${CONTAINERD_SOCKET} version >/dev/null 2>&1; do sleep 0.2; done
if ! [ -e /var/lib/images-imported ]; then
  for image in ${IMAGE_FOLDER}/*; do
    ctr --address ${CONTAINERD_SOCKET} --namespace k8s.io images import "$image"
  done
  touch /var/lib/images-imported
fi
keep_up kubelet ${KUBELET_PROGRAM} --config=${KUBELET_CONFIGURATION} --kubeconfig=${KUBELET_KUBECONFIG} \\
  --hostname-override="$name" --node-ip="$address" --node-labels="$labels" &
wait
`;
