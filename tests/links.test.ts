/** Every link of a page to a file of the repository leads somewhere, to the heading as well where it names one. */

import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from '@jest/globals';
import { REPOSITORY, readRepositoryFile, repositoryFiles } from './tidy/repository-files.ts';

const pages = repositoryFiles().filter((file) => file.endsWith('.md'));

/** Targets of links and images, without those to other hosts; code is no link. */
function linksOf(text: string): readonly string[] {
  const prose = text.replaceAll(/^ *```[^]*?^ *```/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/i.test(target));
}

/** The anchors that GitHub makes of headings: lower case, spaces to dashes, without punctuation. */
function anchorsOf(text: string): readonly string[] {
  const prose = text.replaceAll(/^ *```[^]*?^ *```/gm, '');
  return [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** What is wrong with the links of a page; `read` is null for a file that is not there. */
function problemsOf(page: string, text: string, read: (file: string) => string | null): readonly string[] {
  return linksOf(text).flatMap((link) => {
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? page : posix.normalize(posix.join(posix.dirname(page), path));
    const target = path === '' ? text : read(file);
    if (target === null) return [`${page}: ${link}: ${file} is not there`];
    if (anchor === undefined || anchorsOf(target).includes(anchor)) return [];
    return [`${page}: ${link}: ${file} has no such heading`];
  });
}

test('every link to a file of the repository, and to a heading in it, leads there', () => {
  const read = (file: string) => {
    if (!existsSync(`${REPOSITORY}${file}`)) return null;
    return file.endsWith('.md') ? readRepositoryFile(file) : '';
  };
  expect(pages).toContain('docs/installation.md');
  expect(pages.flatMap((page) => problemsOf(page, readRepositoryFile(page), read))).toEqual([]);
});

test.each([
  ['[a](b.md)', []],
  ['[a](c.md)', ['docs/page.md: c.md: docs/c.md is not there']],
  ['![a](../c.png)', ['docs/page.md: ../c.png: c.png is not there']],
  ['[a](b.md#what-is-it-n-of-m)', []],
  ['[a](b.md#what)', ['docs/page.md: b.md#what: docs/b.md has no such heading']],
  ['## Own\n[a](#own)', []],
  ['[a](#other)', ['docs/page.md: #other: docs/page.md has no such heading']],
  ['`[a](c.md)`\n```sh\n[a](c.md)\n```\n[a](https://example.com/c.md)', []],
])('the check judges %j', (text, problems) => {
  const read = (file: string) => (file === 'docs/b.md' ? '# Title\n\n## What is it: `n of m`?\n' : null);
  expect(problemsOf('docs/page.md', text, read)).toEqual(problems);
});
