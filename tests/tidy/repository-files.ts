/** The files that belong to the repository: tracked, or new and not ignored. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

const GIT_OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/** Paths relative to the repository, with `/`; files deleted but still tracked are left out. */
export function repositoryFiles(): string[] {
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
    maxBuffer: GIT_OUTPUT_BYTES_MAX,
  });
  const files = listing.split('\0').filter((file) => file !== '' && existsSync(`${REPOSITORY}${file}`));
  return [...new Set(files)].toSorted();
}

export function readRepositoryFile(file: string): string {
  return readFileSync(`${REPOSITORY}${file}`, 'utf8');
}

/** TypeScript of the product and its tests; the lint fixtures are wrong on purpose. */
export function sourceFiles(): string[] {
  return repositoryFiles().filter((file) => file.endsWith('.ts') && !file.startsWith('tests/lint-fixtures/'));
}
