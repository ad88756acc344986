/** Sizes of an image and of its parts, as a table. */

import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Paths in the image, a longer one before the one that it is in. */
export type Parts = Readonly<Record<string, string>>;

/** Each file counts for the first part that it is in, and for `other` in none. */
export async function sizesOfParts(root: string, parts: Parts): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>([...Object.keys(parts), 'other'].map((name) => [name, 0]));
  for (const file of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    const { size } = await lstat(path);
    const inImage = path.slice(root.length);
    const name = Object.entries(parts).find(([, prefix]) => inImage.startsWith(prefix))?.[0] ?? 'other';
    sizes.set(name, (sizes.get(name) ?? 0) + size);
  }
  return sizes;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1).padStart(6)} MB`;
}
