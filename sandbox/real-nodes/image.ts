/** The one image of the real nodes, made of programs of this machine: no registry is asked. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { findOnPath } from '../tools/path-search.ts';
import { type ArchiveFile, tar } from './archive.ts';

export const PAUSE_IMAGE = 'localhost/vigilante-pause:1';
/** Has `/bin/curl`. */
export const PROBE_IMAGE = 'localhost/vigilante-probe:1';

/** What each is called in the image, and on this machine. */
const PROGRAMS = { 'bin/curl': 'curl', 'bin/sleep': 'sleep' } as const;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

const execute = promisify(execFile);

/** A docker archive with both names: whoever names no program sleeps, which is all that a pause does. */
export async function imageArchive(): Promise<Buffer> {
  const layer = tar(await imageFiles());
  const config = Buffer.from(
    JSON.stringify({
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
      os: 'linux',
      config: { Entrypoint: ['/bin/sleep', 'infinity'], Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
    }),
  );
  const manifest = [{ Config: 'config.json', RepoTags: [PAUSE_IMAGE, PROBE_IMAGE], Layers: ['layer.tar'] }];
  return tar([
    { name: 'layer.tar', content: layer },
    { name: 'config.json', content: config },
    { name: 'manifest.json', content: Buffer.from(JSON.stringify(manifest)) },
  ]);
}

/** The programs, and the libraries where the programs look for them. */
async function imageFiles(): Promise<readonly ArchiveFile[]> {
  const files = new Map<string, ArchiveFile>();
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const path = await findOnPath(program);
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
