/** A copy of the checkout in which code may be broken: the working tree is never touched. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { REPOSITORY, repositoryFiles } from '../tidy/repository-files.ts';
import { type FileChange, occurrences } from './mutation.ts';

const ARCHIVE_BYTES_MAX = 64 * 1024 * 1024;

export interface ScratchCheckout {
  readonly folder: string;
  /** Breaks one file; the returned function restores it. Throws where the text does not occur exactly once. */
  apply(mutation: FileChange): () => void;
  remove(): void;
}

export function makeScratchCheckout(): ScratchCheckout {
  const folder = mkdtempSync(join(tmpdir(), 'vigilante-mutate-'));
  for (const file of repositoryFiles()) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(REPOSITORY, file), join(folder, file));
  }
  return checkoutIn(folder);
}

/** The tree of a commit, with the packages of this checkout. Throws where git does not know the commit. */
export function makeCommittedCheckout(commit: string): ScratchCheckout {
  const archive = execFileSync('git', ['archive', '--format=tar', commit], {
    cwd: REPOSITORY,
    maxBuffer: ARCHIVE_BYTES_MAX,
  });
  const folder = mkdtempSync(join(tmpdir(), 'vigilante-commit-'));
  execFileSync('tar', ['--extract', '--directory', folder], { input: archive });
  return checkoutIn(folder);
}

function checkoutIn(folder: string): ScratchCheckout {
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    apply: (mutation) => applyMutation(folder, mutation),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function applyMutation(folder: string, mutation: FileChange): () => void {
  const path = join(folder, mutation.file);
  const original = readFileSync(path, 'utf8');
  const count = occurrences(original, mutation.find);
  if (count !== 1) throw new Error(`${JSON.stringify(mutation.find)} occurs ${count} times in ${mutation.file}`);
  // A function as replacement: `$` in the new text means nothing.
  writeFileSync(
    path,
    original.replace(mutation.find, () => mutation.replace),
  );
  return () => writeFileSync(path, original);
}
