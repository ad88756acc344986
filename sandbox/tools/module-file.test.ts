/** Files of pinned modules: from the cache where they are there, and only of modules that are pinned. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cacheFolder } from './cache-folder.ts';
import { resolveModuleFiles } from './module-file.ts';

const MODULE = 'github.com/cert-manager/cert-manager';
const { XDG_CACHE_HOME, PATH } = process.env;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigilante-cache-'));
  process.env['XDG_CACHE_HOME'] = folder;
});

afterEach(async () => {
  if (XDG_CACHE_HOME === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = XDG_CACHE_HOME;
  process.env['PATH'] = PATH;
  await rm(folder, { recursive: true });
});

async function versionOf(module: string): Promise<string> {
  const goMod = await readFile(new URL('../../tools/custom-resources/go.mod', import.meta.url), 'utf8');
  return new RegExp(`${module} (v\\S+)`).exec(goMod)?.[1] ?? '';
}

test('what is in the cache is not fetched again, and needs no Go', async () => {
  const cached = join(cacheFolder(), `cert-manager-${await versionOf(MODULE)}`);
  await mkdir(cached, { recursive: true });
  await writeFile(join(cached, 'a.yaml'), 'kind: A');
  process.env['PATH'] = folder;
  expect(await resolveModuleFiles({ module: MODULE, files: ['deploy/a.yaml'] })).toEqual([join(cached, 'a.yaml')]);
});

test('without Go a file that is missing is one line that names the module', async () => {
  process.env['PATH'] = folder;
  const resolving = resolveModuleFiles({ module: MODULE, files: ['deploy/a.yaml'] });
  await expect(resolving).rejects.toThrow(`go is not on the PATH: fetching ${MODULE} needs Go`);
});

test('a module that is not pinned is an error that names it', async () => {
  const resolving = resolveModuleFiles({ module: 'example.com/other', files: [] });
  await expect(resolving).rejects.toThrow('go.mod does not name a version of example.com/other');
});
