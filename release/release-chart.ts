/** Packs the chart and enters it into the index of a chart repository. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { ReleaseProblem } from './release-problem.ts';
import { type VersionRules, versionToRelease } from './version.ts';

/** What `execFile` adds to its error. */
const OutputSchema = z.looseObject({ stdout: z.string().default(''), stderr: z.string().default('') });

export interface ChartRelease extends VersionRules {
  /** The program. */
  readonly helm: string;
  /** Top of the repository with `charts/vigilante`. */
  readonly root: string;
  /** Folder of packages with their index.yaml; made when missing, kept when it is there. */
  readonly out: string;
  /** Where that folder is served; null: the index names the packages without a host, relative to itself. */
  readonly url: string | null;
}

export interface ReleasedChart {
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  /** `present`: the same package is in the folder and the index already, and nothing was written. */
  readonly kind: 'added' | 'present';
  /** All versions in the index, the newest first. */
  readonly versions: readonly string[];
}

const CHART = 'vigilante';
const INDEX = 'index.yaml';
/** helm writes it into the package for every file: the same chart gives the same bytes, wherever and whenever. */
const FILE_TIME = new Date('2000-01-01T00:00:00Z');
const HELM_TIMEOUT_MS = 60_000;
const HELM_OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

const execute = promisify(execFile);

const IndexSchema = z.object({
  entries: z.record(z.string(), z.array(z.object({ version: z.string(), digest: z.string() }))).default({}),
});

/** Throws `ReleaseProblem`; then nothing in `out` was changed. */
export async function releaseChart(release: ChartRelease): Promise<ReleasedChart> {
  const version = await versionToRelease(release.root, release);
  const scratch = await mkdtemp(join(tmpdir(), 'vigilante-release-'));
  try {
    await lint(release);
    const file = `${CHART}-${version}.tgz`;
    const packed = join(scratch, file);
    await pack(release, { scratch });
    const sha256 = await digestOf(packed);
    await mkdir(release.out, { recursive: true });
    const before = await indexed(join(release.out, INDEX));
    const published = before.find((entry) => entry.version === version)?.digest;
    const inFolder = await digestOf(join(release.out, file)).catch(() => undefined);
    for (const digest of [published, inFolder]) {
      if (digest !== undefined && digest !== sha256) throw new ReleaseProblem(otherContent({ file, digest, sha256 }));
    }
    if (published === sha256 && inFolder === sha256) {
      return { version, file, sha256, kind: 'present', versions: before.map((entry) => entry.version) };
    }
    await enter(release, { scratch, file });
    const versions = (await indexed(join(release.out, INDEX))).map((entry) => entry.version);
    return { version, file, sha256, kind: 'added', versions };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function otherContent({ file, digest, sha256 }: { file: string; digest: string; sha256: string }): string {
  return `${file} is published with sha256 ${digest}, and would become ${sha256}: raise the version, a published one never changes`;
}

/** With the values of the chart alone, and with each set of `ci/`. */
async function lint({ helm, root }: ChartRelease): Promise<void> {
  const chart = join(root, 'charts', CHART);
  const sets = await readdir(join(chart, 'ci')).catch(() => []);
  for (const values of [[], ...sets.map((set) => ['--values', join(chart, 'ci', set)])]) {
    await run(helm, ['lint', '--strict', chart, ...values]);
  }
}

async function pack({ helm, root }: ChartRelease, { scratch }: { scratch: string }): Promise<void> {
  const source = join(scratch, 'source', CHART);
  await cp(join(root, 'charts', CHART), source, { recursive: true });
  for (const name of await readdir(source, { recursive: true })) await utimes(join(source, name), FILE_TIME, FILE_TIME);
  await run(helm, ['package', source, '--destination', scratch]);
}

/** helm rewrites the entry of each package in a folder, so it gets the new one alone; older entries stay. */
async function enter({ helm, out, url }: ChartRelease, made: { scratch: string; file: string }): Promise<void> {
  const folder = join(made.scratch, 'entry');
  await mkdir(folder);
  await copyFile(join(made.scratch, made.file), join(folder, made.file));
  const before = join(out, INDEX);
  const merge = (await isThere(before)) ? ['--merge', before] : [];
  await run(helm, ['repo', 'index', folder, ...(url === null ? [] : ['--url', url]), ...merge]);
  // The package first: an index must not name what is not there.
  for (const name of [made.file, INDEX]) {
    await copyFile(join(folder, name), join(out, `.${name}.part`));
    await rename(join(out, `.${name}.part`), join(out, name));
  }
}

async function indexed(path: string): Promise<readonly { version: string; digest: string }[]> {
  if (!(await isThere(path))) return [];
  return IndexSchema.parse(parse(await readFile(path, 'utf8'))).entries[CHART] ?? [];
}

async function isThere(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

async function run(helm: string, args: readonly string[]): Promise<void> {
  try {
    await execute(helm, args, { timeout: HELM_TIMEOUT_MS, maxBuffer: HELM_OUTPUT_BYTES_MAX });
  } catch (error) {
    const { stdout, stderr } = OutputSchema.parse(error);
    throw new ReleaseProblem(`helm ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
