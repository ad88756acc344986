/** Archives as the program tar reads them. */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { type ArchiveFile, tar } from './archive.ts';

/** What tar prints about an archive. */
async function printedBy(args: readonly string[], archive: Buffer): Promise<string> {
  const child = execFile('tar', [...args]);
  let printed = '';
  child.stdout?.on('data', (chunk: string) => {
    printed += chunk;
  });
  child.stdin?.end(archive);
  await once(child, 'close');
  expect(child.exitCode).toBe(0);
  return printed;
}

const FILES: readonly ArchiveFile[] = [
  { name: 'empty', content: Buffer.from('') },
  { name: 'bin/program', content: Buffer.from('x'.repeat(512)), executable: true },
  { name: 'n'.repeat(100), content: Buffer.from('y'.repeat(513)) },
];

test('tar lists the files with their sizes and rights', async () => {
  const lines = (await printedBy(['-t', '-v', '--numeric-owner'], tar(FILES))).trimEnd().split('\n');
  expect(
    lines.map((line) => line.split(/\s+/)).map(([mode, owner, size, , , name]) => [mode, owner, size, name]),
  ).toEqual([
    ['-rw-r--r--', '0/0', '0', 'empty'],
    ['-rwxr-xr-x', '0/0', '512', 'bin/program'],
    ['-rw-r--r--', '0/0', '513', 'n'.repeat(100)],
  ]);
});

test.each(FILES)('tar extracts the content of $name', async ({ name, content }) => {
  expect(await printedBy(['-x', '-O', name], tar(FILES))).toBe(content.toString());
});

test('a name that does not fit is refused', () => {
  expect(() => tar([{ name: 'n'.repeat(101), content: Buffer.from('') }])).toThrow('too long');
});
