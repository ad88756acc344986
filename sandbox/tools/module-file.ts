/** Files of pinned Go modules that are read and not built, such as the custom resources of other projects. */

import { execFile } from 'node:child_process';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { cacheFolder } from './cache-folder.ts';
import { MissingPrerequisite } from './missing-prerequisite.ts';
import { findOnPath } from './path-search.ts';
import { goModuleVersion } from './version-text.ts';

export interface ModuleFiles {
  /** Pinned by `tools/custom-resources/go.mod`. */
  readonly module: string;
  /** Paths within the module; their names must differ. */
  readonly files: readonly string[];
}

const execute = promisify(execFile);
const DOWNLOAD_TIMEOUT_MS = 300_000;
const DownloadSchema = z.object({ Dir: z.string() });
const PINNED = fileURLToPath(new URL('../../tools/custom-resources/', import.meta.url));

/** Where the files are in the cache; what is not there is fetched, and checked against go.sum by Go. */
export async function resolveModuleFiles({ module, files }: ModuleFiles): Promise<readonly string[]> {
  const goMod = await readFile(`${PINNED}go.mod`, 'utf8');
  const version = goModuleVersion(goMod, module);
  if (version === null) throw new Error(`${PINNED}go.mod does not name a version of ${module}`);
  const folder = join(cacheFolder(), `${basename(module)}-${version}`);
  const targets = files.map((file) => ({ file, target: join(folder, basename(file)) }));
  const missing = await Promise.all(targets.map(async (one) => ((await isThere(one.target)) ? [] : [one])));
  if (missing.flat().length > 0) {
    const source = await download(module);
    await mkdir(folder, { recursive: true });
    for (const { file, target } of missing.flat()) await copy(join(source, file), target);
  }
  return targets.map(({ target }) => target);
}

/** The folder with the files of the module. */
async function download(module: string): Promise<string> {
  const go = await findOnPath('go');
  if (go === null) {
    throw new MissingPrerequisite(
      `go is not on the PATH: fetching ${module} needs Go 1.26 or newer (https://go.dev/dl)`,
    );
  }
  const args = ['mod', 'download', '-json', module];
  const { stdout } = await execute(go, args, { cwd: PINNED, timeout: DOWNLOAD_TIMEOUT_MS });
  return DownloadSchema.parse(JSON.parse(stdout)).Dir;
}

/** Under its name when it is complete; files of a module cannot be written, copies can. */
async function copy(source: string, target: string): Promise<void> {
  const part = `${target}.${process.pid}.part`;
  await writeFile(part, await readFile(source));
  await rename(part, target);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
