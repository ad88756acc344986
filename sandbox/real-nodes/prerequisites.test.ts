/** The packages of Debian that real nodes need are the same everywhere. */

import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { DEBIAN_PACKAGES } from './prerequisites.ts';

test.each(['.ci/run', 'docs/real-nodes.md'])(
  '%s has the packages that the sandbox names when one is missing',
  async (file) => {
    const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(text.replaceAll(/\s+/g, ' ')).toContain(DEBIAN_PACKAGES);
  },
);
