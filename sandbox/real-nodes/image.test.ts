/** Which libraries a program needs. */

import { expect, test } from '@jest/globals';
import { librariesIn } from './image.ts';

test('the libraries are those with a path: found ones, and the loader', () => {
  const printed = [
    '\tlinux-vdso.so.1 (0x00007ffd2b5f6000)',
    '\tlibcurl.so.4 => /lib/x86_64-linux-gnu/libcurl.so.4 (0x00007f2d0c000000)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f2d0c300000)',
    '',
  ].join('\n');
  expect(librariesIn(printed)).toEqual(['/lib/x86_64-linux-gnu/libcurl.so.4', '/lib64/ld-linux-x86-64.so.2']);
});

test('a program without libraries needs none', () => {
  expect(librariesIn('\tstatically linked\n')).toEqual([]);
});
