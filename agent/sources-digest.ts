/** A digest that shows whether files are those that the agent was built from. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** `files` are relative to the folder `root`, whose address ends in a slash. */
export function sourcesDigest(root: URL, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(new URL(file, root)));
  return hash.digest('hex');
}
