/** Sizes of the parts of an image. */

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { sizesOfParts } from './image-size.ts';

test('each file counts once, for the first part that it is in, and a link counts nowhere', async () => {
  const root = await mkdtemp(join(tmpdir(), 'vigilante-size-test-'));
  try {
    await mkdir(join(root, 'opt/packages/native'), { recursive: true });
    await writeFile(join(root, 'opt/packages/native/a.node'), 'x'.repeat(1_000));
    await writeFile(join(root, 'opt/packages/b.js'), 'x'.repeat(200));
    await writeFile(join(root, 'opt/c.ts'), 'x'.repeat(30));
    await writeFile(join(root, 'd'), 'x'.repeat(4));
    await symlink('opt/c.ts', join(root, 'link'));
    const parts = { native: '/opt/packages/native/', packages: '/opt/packages/', ours: '/opt/' };
    expect(Object.fromEntries(await sizesOfParts(root, parts))).toEqual({
      native: 1_000,
      packages: 200,
      ours: 30,
      other: 4,
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
