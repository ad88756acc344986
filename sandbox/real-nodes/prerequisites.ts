/** What this machine must have for real nodes. */

import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOnPath } from '../tools/path-search.ts';
import { PLUGIN_FOLDERS, PLUGINS } from './cni.ts';
import { PATH_OF_ROOT } from './namespaces.ts';

const execute = promisify(execFile);

/** Debian's packages with all of it. */
export const DEBIAN_PACKAGES =
  'iproute2 iptables util-linux mount containerd runc containernetworking-plugins curl libc-bin';

const PROGRAMS = [
  'ip',
  'iptables',
  'unshare',
  'nsenter',
  'mount',
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
  'runc',
  'curl',
  'ldd',
] as const;

/** Bits of the capability set. */
const CAPABILITIES = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21 } as const;

/** Tries what the kernel must be able to do, in namespaces that end with it. */
const TRIAL = `
fail() { echo "$1"; exit 1; }
ip link add left type veth peer name right || fail 'links of type veth'
ip link add bridge0 type bridge || fail 'bridges'
iptables -t nat -A POSTROUTING -s 10.0.0.0/8 -m comment --comment x -j MASQUERADE || fail 'masquerading by iptables'
mount -t tmpfs tmpfs /mnt && mkdir /mnt/l /mnt/u /mnt/w /mnt/m || fail 'mounts'
mount -t overlay overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/m || fail 'overlayfs'
`;

/** One line that says what is missing; null where nothing is. */
export async function realNodesProblem(): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'real nodes need root';
  const capabilities = await missingCapabilities();
  if (capabilities.length > 0) return `real nodes need ${capabilities.join(' and ')}, which root has not here`;
  const programs = await missingPrograms();
  if (programs.length > 0) {
    return `real nodes need ${programs.join(', ')} (Debian: apt-get install ${DEBIAN_PACKAGES})`;
  }
  const trial = await execute('unshare', ['--net', '--mount', '--pid', '--fork', 'sh', '-c', TRIAL], {
    env: { PATH: PATH_OF_ROOT },
  }).catch((error: unknown) => error);
  if (!(trial instanceof Error)) return null;
  const printed = 'stdout' in trial && typeof trial.stdout === 'string' ? trial.stdout.trim() : '';
  return `real nodes need ${printed === '' ? 'namespaces' : printed}, which this machine does not allow`;
}

/** Folder with all the CNI plugins that are needed; null where none has them. */
export async function pluginFolder(): Promise<string | null> {
  for (const folder of PLUGIN_FOLDERS) {
    const found = await Promise.all(PLUGINS.map((name) => isThere(join(folder, name))));
    if (found.every((one) => one)) return folder;
  }
  return null;
}

async function missingCapabilities(): Promise<readonly string[]> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return Object.entries(CAPABILITIES).flatMap(([name, bit]) => ((effective >> BigInt(bit)) & 1n ? [] : [name]));
}

async function missingPrograms(): Promise<readonly string[]> {
  const found = await Promise.all(PROGRAMS.map((name) => findOnPath(name, PATH_OF_ROOT)));
  const missing: string[] = PROGRAMS.filter((_, index) => found[index] === null);
  return (await pluginFolder()) === null ? [...missing, `the CNI plugins ${PLUGINS.join(', ')}`] : missing;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
