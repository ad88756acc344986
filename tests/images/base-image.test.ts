/** What the stand-in for the base of the images is made of. */

import { expect, test } from '@jest/globals';
import { baseOfDockerfile, mirrorIn } from './base-image.ts';

const PARAGRAPHS = `Types: deb
URIs: http://one.example/debian-security
Suites: bookworm-security

Types: deb
# URIs: http://commented.example/debian
URIs: http://two.example/debian http://three.example/debian
Suites: bookworm bookworm-updates
Components: main
`;
const LINES = `# deb http://commented.example/debian bookworm main
deb-src http://sources.example/debian bookworm main
deb [signed-by=/usr/share/keyrings/key.gpg arch=amd64] http://one.example/debian bookworm main contrib
`;

test.each([
  ['paragraphs', PARAGRAPHS, 'http://two.example/debian'],
  ['lines', LINES, 'http://one.example/debian'],
])("the mirror of a release is read from apt's sources written as %s", (_, text, mirror) => {
  expect(mirrorIn(text, 'bookworm')).toBe(mirror);
  expect(mirrorIn(text, 'trixie')).toBeNull();
});

test('the release of Debian is in the name of the base', async () => {
  const { name, codename } = await baseOfDockerfile();
  expect(name).toMatch(/^node:24\.\d+\.\d+-bookworm-slim$/);
  expect(codename).toBe('bookworm');
});
