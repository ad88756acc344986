/** Reads the file of declared privileges as it is now: Kubernetes swaps it under a link when its ConfigMap changes. */

import { readFileSync } from 'node:fs';

import type { DeclaredReading } from '../activities/privileges/deps.ts';
import { ConfigError } from '../config/config-error.ts';
import { parseDeclaredFile } from '../config/privileges/declared-file.ts';
import { messageOf } from '../domain/error-message.ts';
import { NOTHING_DECLARED } from '../domain/privileges/declaration.ts';

export function readDeclaredFile(path: string): DeclaredReading {
  const text = textOf(path);
  if (text === null) {
    const problem = `there is no file ${path}: nothing is declared`;
    return { kind: 'declared', declarations: NOTHING_DECLARED, problem };
  }
  if (text instanceof Error) return { kind: 'refused', problem: `${path} cannot be read: ${messageOf(text)}` };
  const read = parseDeclaredFile(text);
  if (read.ok) return { kind: 'declared', declarations: read.declarations, problem: null };
  return { kind: 'refused', problem: `${path}: ${read.problems.join('; ')}` };
}

/** Throws `ConfigError` with every line and key that is wrong: a process does not start with such a file. */
export function demandDeclaredFile(path: string): void {
  const text = textOf(path);
  if (text instanceof Error) throw new ConfigError(path, [`it cannot be read: ${messageOf(text)}`]);
  const read = text === null ? null : parseDeclaredFile(text);
  if (read !== null && !read.ok) throw new ConfigError(path, read.problems);
}

/** Null where there is no such file. */
function textOf(path: string): string | Error | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const isMissing = typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
    return isMissing ? null : new Error(messageOf(error), { cause: error });
  }
}
