/** Brings files to a node: each beside its target first, and in place only once the sums of all of them are right (M53). */

import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

import type { Artifact } from '../../config/schema/maintenance-artifacts.ts';
import { messageOf } from '../../domain/error-message.ts';

export interface FetchOptions {
  /** Folder under which the file system of the node is mounted. */
  readonly root: string;
  /** From one try of a download to the next, in milliseconds. */
  readonly againMs: number;
  readonly report: (line: string) => void;
}

const TRIES_MAX = 5;
const DOWNLOAD_TIMEOUT_MS = 600_000;
/** More than any program that a node runs; a source that never ends must not fill its disk. */
const BYTES_MAX = 4 * 1_073_741_824;

interface Download {
  readonly artifact: Artifact;
  readonly target: string;
  readonly part: string;
}

/** Throws, and has changed no file, where one cannot be had or its sum is wrong. */
export async function fetchArtifacts(artifacts: readonly Artifact[], options: FetchOptions): Promise<void> {
  const downloads: Download[] = [];
  try {
    for (const artifact of artifacts) {
      const target = await targetOf(artifact, options.root);
      if ((await sumOf(target)) === artifact.sha256) {
        options.report(`${artifact.name}: ${artifact.path} is there already`);
        continue;
      }
      const part = join(dirname(target), `.${basename(target)}.vigilante-part`);
      downloads.push({ artifact, target, part });
      await fetchOne({ artifact, target, part }, options);
    }
    for (const { artifact, target, part } of downloads) {
      await rename(part, target);
      options.report(`${artifact.name}: ${artifact.path} is in place`);
    }
  } finally {
    for (const { part } of downloads) await rm(part, { force: true });
  }
}

/** A link that leads out of the node's file system would have the file written into this container. */
async function targetOf({ name, path }: Artifact, root: string): Promise<string> {
  const top = await realpath(root);
  const folder = await realpath(join(top, dirname(path))).catch((cause: unknown) => {
    throw new Error(`${name}: the folder of ${path} cannot be used: ${messageOf(cause)}`, { cause });
  });
  const isBelow = folder === top || folder.startsWith(top.endsWith(sep) ? top : `${top}${sep}`);
  if (!isBelow) throw new Error(`${name}: the folder of ${path} is a link that leads out of ${root}`);
  return join(folder, basename(path));
}

/** Null where there is no such file. */
async function sumOf(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  return hash.digest('hex');
}

async function fetchOne({ artifact, part }: Download, { againMs, report }: FetchOptions): Promise<void> {
  const { name, url, sha256 } = artifact;
  for (let tries = 1; ; tries += 1) {
    const got = await download(artifact, part).catch((error: unknown) => {
      if (tries >= TRIES_MAX) throw new Error(`${name}: ${url} cannot be had: ${messageOf(error)}`, { cause: error });
      report(`${name}: ${url}: ${messageOf(error)}, tried again`);
      return null;
    });
    if (got === sha256) return;
    // Asking again would not make it right.
    if (got !== null) throw new Error(`${name}: ${url} has the sha256 ${got}, not ${sha256}`);
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
}

/** Resolves with the sum of what was written. */
async function download({ url, mode }: Artifact, part: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
  if (!answer.ok || answer.body === null) throw new Error(`it answered ${answer.status}`);
  await rm(part, { force: true });
  const file = await open(part, 'wx');
  try {
    const hash = createHash('sha256');
    await file.writeFile(hashed(answer.body, hash));
    // Not cut by the process's umask.
    await file.chmod(Number.parseInt(mode, 8));
    await file.sync();
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

async function* hashed(body: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > BYTES_MAX) throw new Error(`it is larger than ${BYTES_MAX} bytes`);
    hash.update(chunk);
    yield chunk;
  }
}
