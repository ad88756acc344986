/**
 * `npm run images:verify`: builds both images from the real Dockerfile, prints their sizes, runs every process out of
 * them and leaves nothing behind. Needs root, buildah and debootstrap, and no Docker.
 */

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT_UNAVAILABLE, MissingPrerequisite } from '../../sandbox/tools/missing-prerequisite.ts';
import { baseOfDockerfile, makeBaseImage } from './base-image.ts';
import { buildImages, IMAGES } from './build-images.ts';
import { type Buildah, createBuildah } from './buildah.ts';
import { megabytes, type Parts, sizesOfParts } from './image-size.ts';
import { demandPrerequisites } from './prerequisites.ts';
import { proveImages } from './proof.ts';
import type { MountedImage } from './proof-containers.ts';

/** `EX_USAGE` of sysexits.h, and what a shell answers for an interrupted command. */
const EXIT_USAGE = 64;
const EXIT_INTERRUPTED = 130;
const EXIT_FAILED = 1;

const MAIN_PARTS: Parts = {
  'native library of the Temporal SDK': '/opt/vigilante/node_modules/@temporalio/core-bridge/releases/',
  'other packages': '/opt/vigilante/node_modules/',
  'workflow bundle': '/opt/vigilante/build/',
  'our code': '/opt/vigilante/',
  'Node of the base': '/usr/local/bin/node',
};
const AGENT_PARTS: Parts = {
  'our code': '/opt/vigilante/',
  Node: '/usr/local/bin/node',
  'libraries of Debian': '/lib',
};

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(args: readonly string[]): Promise<number> {
  const mirror = mirrorOf(args);
  if (mirror === undefined) return EXIT_USAGE;
  await demandPrerequisites();
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-images-'));
  const buildah = await createBuildah(join(folder, 'buildah'));
  // The programs that run now get the signal too; what they were doing fails, and the removal follows.
  let interrupted = false;
  process.on('SIGINT', () => {
    interrupted = true;
  });
  try {
    await verify(buildah, { folder, mirror });
    return 0;
  } catch (error) {
    if (interrupted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    await buildah.remove(folder);
    report('removed the images, the containers and their folder');
  }
}

/** Undefined after a wrong argument. */
function mirrorOf(args: readonly string[]): string | null | undefined {
  try {
    return parseArgs({ args: [...args], options: { mirror: { type: 'string' } } }).values.mirror ?? null;
  } catch (error) {
    process.stderr.write(`${String(error)}\nusage: npm run images:verify -- [--mirror=ADDRESS of Debian's packages]\n`);
    return undefined;
  }
}

async function verify(buildah: Buildah, { folder, mirror }: { folder: string; mirror: string | null }): Promise<void> {
  const startMs = Date.now();
  const base = await baseOfDockerfile();
  report(`making a stand-in for ${base.name}`);
  await makeBaseImage(buildah, { base, folder, mirror });
  report(`made it in ${seconds(startMs)}`);
  await buildImages(buildah, { folder, report });
  const main = await mounted(buildah, IMAGES.main);
  const agent = await mounted(buildah, IMAGES.agent);
  await reportSizes(buildah, { image: IMAGES.main, base: base.name, root: main.root, parts: MAIN_PARTS });
  await reportSizes(buildah, { image: IMAGES.agent, base: null, root: agent.root, parts: AGENT_PARTS });
  await proveImages({ main, agent, folder, report });
  report(`all of it in ${seconds(startMs)}`);
}

async function mounted(buildah: Buildah, image: string): Promise<MountedImage> {
  return { root: await buildah.mount(image), config: await buildah.configOf(image) };
}

async function reportSizes(
  buildah: Buildah,
  { image, base, root, parts }: { image: string; base: string | null; root: string; parts: Parts },
): Promise<void> {
  const total = await buildah.sizeOf(image);
  report(`${image}: ${megabytes(total)}`);
  if (base !== null) report(`  ${megabytes(total - (await buildah.sizeOf(base)))}  on top of its base`);
  for (const [name, bytes] of await sizesOfParts(root, parts)) report(`  ${megabytes(bytes)}  ${name}`);
}

function seconds(startMs: number): string {
  return `${Math.round((Date.now() - startMs) / 1_000)} s`;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof MissingPrerequisite ? error.message : String(error)}\n`);
  process.exit(error instanceof MissingPrerequisite ? EXIT_UNAVAILABLE : EXIT_FAILED);
}
