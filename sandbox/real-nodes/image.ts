/** Images of the real nodes, made of programs of this machine: no registry is asked. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { findOnPath } from '../tools/path-search.ts';
import { type ArchiveFile, tar } from './archive.ts';

export interface Image {
  readonly names: readonly string[];
  readonly entrypoint: readonly string[];
  /** As in a Dockerfile; without it root. */
  readonly user?: string;
  readonly files: readonly ArchiveFile[];
}

export const PAUSE_IMAGE = 'localhost/vigilante-pause:1';
/** Has `/bin/curl`, and `/bin/nsenter`. */
export const PROBE_IMAGE = 'localhost/vigilante-probe:1';

/** What each is called in the image, and on this machine. */
const PROGRAMS = { 'bin/curl': 'curl', 'bin/nsenter': 'nsenter', 'bin/sleep': 'sleep' } as const;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
/** As Debian's images have it. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const execute = promisify(execFile);

/** A docker archive with both names: whoever names no program sleeps, which is all that a pause does. */
export async function imageArchive(): Promise<Buffer> {
  return dockerArchive({
    names: [PAUSE_IMAGE, PROBE_IMAGE],
    entrypoint: ['/bin/sleep', 'infinity'],
    files: await programFiles(PROGRAMS),
  });
}

/** As `docker save` writes one. */
export function dockerArchive({ names, entrypoint, user, files }: Image): Buffer {
  const layer = tar(files);
  const config = Buffer.from(
    JSON.stringify({
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
      os: 'linux',
      config: { Entrypoint: entrypoint, Env: [`PATH=${PATH}`], ...(user === undefined ? {} : { User: user }) },
      rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
    }),
  );
  const manifest = [{ Config: 'config.json', RepoTags: names, Layers: ['layer.tar'] }];
  return tar([
    { name: 'layer.tar', content: layer },
    { name: 'config.json', content: config },
    { name: 'manifest.json', content: Buffer.from(JSON.stringify(manifest)) },
  ]);
}

/**
 * Programs of this machine, and the libraries where the programs look for them.
 *
 * @param programs what each is called in the image, and on this machine, by its name or its path
 */
export async function programFiles(programs: Readonly<Record<string, string>>): Promise<readonly ArchiveFile[]> {
  const files = new Map<string, ArchiveFile>();
  for (const [name, program] of Object.entries(programs)) {
    const path = program.startsWith('/') ? program : await findOnPath(program);
    if (path === null) throw new Error(`${program} is not on the PATH`);
    files.set(name, { name, content: await readFile(path), executable: true });
    for (const library of librariesIn((await execute('ldd', [path])).stdout)) {
      const inImage = library.slice(1);
      files.set(inImage, { name: inImage, content: await readFile(library), executable: true });
    }
  }
  return [...files.values()];
}

/** Absolute paths in what ldd prints: `libz.so.1 => /lib/libz.so.1 (0x0)`, `/lib64/ld-linux.so.2 (0x0)`. */
export function librariesIn(printed: string): readonly string[] {
  return printed.split('\n').flatMap((line) => /(?:^|=>)\s*(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}
