/** Workflow bundles of earlier starts from a checkout, by the digest of what they were made of. */

import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface BundleCache {
  /** Null where there is none, or where it was not written to its end. */
  read(digest: string): string | null;
  /** Throws where the folder cannot be written to. */
  write(digest: string, code: string): void;
}

/** One for each branch that somebody works on; a bundle has 3 MB. */
const KEPT_MAX = 8;
/** A file that was begun this long ago was left over by a process that was killed. */
const PART_AGE_MAX_MS = 3_600_000;
const NAME = /^workflows-[0-9a-f]+\.js$/;
const PART_SUFFIX = '.part';
const CHECKSUM_PREFIX = '// sha256 ';

export function createBundleCache(folder: string): BundleCache {
  const fileOf = (digest: string) => join(folder, `workflows-${digest}.js`);
  return {
    read(digest) {
      const code = readChecked(fileOf(digest));
      if (code !== null) markUsed(fileOf(digest));
      return code;
    },
    write(digest, code) {
      mkdirSync(folder, { recursive: true });
      // Under its name only when it is complete, whoever else writes the same now.
      const part = `${fileOf(digest)}.${randomUUID()}${PART_SUFFIX}`;
      writeFileSync(part, `${CHECKSUM_PREFIX}${checksumOf(code)}\n${code}`);
      renameSync(part, fileOf(digest));
      removeOld(folder);
    },
  };
}

function readChecked(file: string): string | null {
  try {
    const text = readFileSync(file, 'utf8');
    const end = text.indexOf('\n');
    const code = text.slice(end + 1);
    return text.slice(0, end) === `${CHECKSUM_PREFIX}${checksumOf(code)}` ? code : null;
  } catch {
    return null;
  }
}

/** Bundles are removed by when they were used last; where that cannot be noted, by when they were written. */
function markUsed(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // Another process has removed it, or the folder is read-only.
  }
}

function removeOld(folder: string): void {
  const names = readdirSync(folder);
  const kept = names
    .filter((name) => NAME.test(name))
    .map((name) => ({ name, usedMs: modifiedMs(join(folder, name)) }));
  const surplus = kept.toSorted((left, right) => right.usedMs - left.usedMs).slice(KEPT_MAX);
  const oldestMs = Date.now() - PART_AGE_MAX_MS;
  const leftOver = names.filter((name) => name.endsWith(PART_SUFFIX) && modifiedMs(join(folder, name)) < oldestMs);
  for (const name of [...surplus.map((one) => one.name), ...leftOver]) rmSync(join(folder, name), { force: true });
}

/** 0 for a file that another process has removed meanwhile. */
function modifiedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function checksumOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}
