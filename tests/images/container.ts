/**
 * Runs a process in the root of an image as a cluster would: with what the image says about user, environment and
 * program, as the first process of its own, on a root that is read-only, without capabilities or new privileges.
 */

import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type SandboxProcess, startProcess } from '../../sandbox/child-process.ts';
import { logOf, type SandboxLayout } from '../../sandbox/layout.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import type { ImageConfig } from './buildah.ts';

export interface Mount {
  readonly source: string;
  /** In the container. */
  readonly target: string;
  readonly writable?: boolean;
}

export interface ContainerStart {
  readonly name: string;
  /** Of the image that is mounted. */
  readonly root: string;
  readonly image: ImageConfig;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
}

export interface Container {
  readonly outside: SandboxProcess;
  /** What the kernel says about the process. */
  confinement(): Promise<Confinement>;
  /** As `docker stop` does; answers the exit code and how long it took. */
  stop(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
}

export interface Confinement {
  readonly user: string;
  readonly capabilities: string;
  readonly noNewPrivileges: boolean;
  readonly rootIsReadOnly: boolean;
  /** What can be written to, besides devices. */
  readonly writable: readonly string[];
}

const START_TIMEOUT_MS = 10_000;
/** Docker has these in every container. */
const KERNEL_FOLDERS = ['/proc', '/dev'];

/**
 * Absolute paths: the environment is the image's already. `$1` is the root, `$2` user, `$3` group, `$4` the folder to
 * start in, then `MOUNTS` triples of source, target and mode, then the program.
 */
const SCRIPT = `
set -eu
root=$1 user=$2 group=$3 folder=$4 mounts=$5
shift 5
/bin/mount --bind "$root" "$root"
/bin/mount --rbind /dev "$root/dev"
/bin/mount -t proc proc "$root/proc"
while [ "$mounts" -gt 0 ]; do
  /bin/mount --bind "$1" "$root$2"
  [ "$3" = rw ] || /bin/mount -o remount,bind,ro "$root$2"
  shift 3
  mounts=$((mounts - 1))
done
/bin/mount -o remount,bind,ro "$root"
exec /usr/bin/setpriv --no-new-privs /usr/bin/unshare "--root=$root" "--wd=$folder" "--setgid=$group" "--setuid=$user" -- "$@"
`;

export async function startContainer(
  layout: SandboxLayout,
  { name, root, image, args, env, mounts }: ContainerStart,
): Promise<Container> {
  for (const folder of KERNEL_FOLDERS) await mkdir(join(root, folder), { recursive: true });
  for (const { source, target } of mounts) await makeTarget(source, join(root, target));
  const [user = '', group = ''] = image.User.split(':');
  const triples = mounts.flatMap(({ source, target, writable }) => [source, target, writable === true ? 'rw' : 'ro']);
  const outside = await startProcess({
    name,
    program: '/usr/bin/unshare',
    args: [
      '--mount',
      '--propagation',
      'private',
      '--pid',
      '--fork',
      '--kill-child',
      '/bin/sh',
      '-c',
      SCRIPT,
      'sh',
      root,
      user,
      group,
      image.WorkingDir,
      `${mounts.length}`,
      ...triples,
      ...image.Entrypoint,
      ...args,
    ],
    env: { ...environmentOf(image), HOME: '/', ...env },
    sandboxId: layout.id,
    logPath: logOf(layout, `image-${name}`),
  });
  return {
    outside,
    confinement: async () => confinementOf(await insideOf(outside, image)),
    async stop() {
      const startMs = Date.now();
      process.kill(await insideOf(outside, image), 'SIGTERM');
      const { code } = await outside.exited;
      return { code, tookMs: Date.now() - startMs };
    },
  };
}

async function makeTarget(source: string, target: string): Promise<void> {
  if ((await lstat(source)).isDirectory()) {
    await mkdir(target, { recursive: true });
    return;
  }
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, '');
}

function environmentOf(image: ImageConfig): Record<string, string> {
  return Object.fromEntries(
    image.Env.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** The process id, as this machine sees it, of the container's first process, once it is the image's program. */
async function insideOf(outside: SandboxProcess, image: ImageConfig): Promise<number> {
  const [user = ''] = image.User.split(':');
  return waitUntil(
    async () => {
      const children = await readFile(`/proc/${outside.pid}/task/${outside.pid}/children`, 'utf8').catch(() => '');
      const [pid] = children.trim().split(' ').map(Number);
      if (pid === undefined || pid === 0) return null;
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      return fieldOf(status, 'Uid').split(/\s+/)[0] === user ? pid : null;
    },
    { what: `the process of ${outside.name}`, timeoutMs: START_TIMEOUT_MS },
  );
}

async function confinementOf(pid: number): Promise<Confinement> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mounts = (await readFile(`/proc/${pid}/mounts`, 'utf8')).trim().split('\n');
  const idOf = (name: string) => fieldOf(status, name).split(/\s+/)[0] ?? '';
  const points = mounts.map((line) => line.split(' ')).map(([, point = '', , options = '']) => ({ point, options }));
  return {
    user: `${idOf('Uid')}:${idOf('Gid')}`,
    capabilities: fieldOf(status, 'CapEff'),
    noNewPrivileges: fieldOf(status, 'NoNewPrivs') === '1',
    rootIsReadOnly:
      points
        .filter(({ point }) => point === '/')
        .at(-1)
        ?.options.split(',')[0] === 'ro',
    writable: points
      .filter(({ point, options }) => options.startsWith('rw') && !/^\/(dev|proc)(\/|$)/.test(point))
      .map(({ point }) => point),
  };
}

function fieldOf(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
}
