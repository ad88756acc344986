/** The release of the chart: what must fit before, the package, and the index of the repository. */

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { type ChartRelease, releaseChart } from '../../release/release-chart.ts';
import { resolveTool } from '../../sandbox/tools/resolve-tool.ts';
import { REPOSITORY } from '../tidy/repository-files.ts';

const { version: VERSION } = z
  .object({ version: z.string() })
  .parse(JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8')));
const EARLIER = '0.0.1';

const execute = promisify(execFile);
const helm = await resolveTool('helm');
let folder: string;
let root: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigilante-release-test-'));
  root = await checkout('checkout');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What a release reads of the repository, with a section for the version in its changelog. */
async function checkout(name: string): Promise<string> {
  const to = join(folder, name);
  await mkdir(join(to, 'charts'), { recursive: true });
  await cp(join(REPOSITORY, 'charts/vigilante'), join(to, 'charts/vigilante'), { recursive: true });
  await cp(join(REPOSITORY, 'package.json'), join(to, 'package.json'));
  await writeFile(join(to, 'CHANGELOG.md'), `# Changelog\n\n## [Unreleased]\n\n## [${VERSION}] - 2026-01-01\n`);
  return to;
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const path = join(root, file);
  await writeFile(path, change(await readFile(path, 'utf8')));
}

async function become(version: string): Promise<void> {
  for (const file of ['package.json', 'charts/vigilante/Chart.yaml', 'CHANGELOG.md']) {
    await edit(file, (text) => text.replaceAll(VERSION, version));
  }
}

function release(options: Partial<ChartRelease> = {}) {
  return releaseChart({ helm, root, out: join(folder, 'out'), url: null, unreleased: false, ...options });
}

test.each([
  [
    'the version of the chart is another',
    'charts/vigilante/Chart.yaml',
    /^version: .*$/m,
    'version: 9.9.9',
    /has version 9\.9\.9, package\.json has version/,
  ],
  [
    'the version of the image is another',
    'charts/vigilante/Chart.yaml',
    /^appVersion: .*$/m,
    'appVersion: 9.9.9',
    /has appVersion 9\.9\.9/,
  ],
  [
    'the changelog does not know the version',
    'CHANGELOG.md',
    /^## \[\d.*$/m,
    '',
    /CHANGELOG\.md has no line "## \[.*\] - YYYY-MM-DD"/,
  ],
  ['the section of the changelog has no date', 'CHANGELOG.md', / - 2026-01-01$/m, '', /CHANGELOG\.md has no line/],
  [
    'helm finds fault with the chart',
    'charts/vigilante/values.yaml',
    /^image:$/m,
    'imagee:',
    /helm lint --strict .* failed:[^]*imagee/,
  ],
])('nothing is released when %s', async (_, file, find, replacement, message) => {
  await edit(file, (text) => text.replace(find, replacement));
  await expect(release()).rejects.toThrow(message);
  expect(await readdir(folder)).toEqual(['checkout']);
});

test('a trial needs no section in the changelog', async () => {
  await edit('CHANGELOG.md', () => '# Changelog\n');
  expect(await release({ unreleased: true })).toMatchObject({ kind: 'added', version: VERSION });
});

test('the same chart becomes the same package, whenever its files were written', async () => {
  const one = await release();
  root = await checkout('another');
  for (const name of await readdir(join(root, 'charts'), { recursive: true })) {
    await utimes(join(root, 'charts', name), new Date(0), new Date(0));
  }
  expect(await release({ out: join(folder, 'another-out') })).toEqual(one);
  const { stdout } = await execute('tar', ['tzf', join(folder, 'out', one.file)]);
  const names = stdout.trim().split('\n');
  expect(names).toEqual(expect.arrayContaining(['vigilante/Chart.yaml', 'vigilante/crds/agents.yaml']));
  expect(names.filter((name) => /\/ci\//.test(name))).toEqual([]);
});

test('the index keeps earlier versions, and a published one never changes', async () => {
  await become(EARLIER);
  await release({ url: 'https://charts.example.com/stable' });
  const out = join(folder, 'out');
  const EntriesSchema = z.object({ entries: z.object({ vigilante: z.array(z.looseObject({ version: z.string() })) }) });
  const entries = async () =>
    EntriesSchema.parse(parse(await readFile(join(out, 'index.yaml'), 'utf8'))).entries.vigilante;
  const [earlier] = await entries();
  expect(earlier).toMatchObject({
    version: EARLIER,
    urls: [`https://charts.example.com/stable/vigilante-${EARLIER}.tgz`],
  });

  root = await checkout('later');
  const later = await release();
  expect(later).toMatchObject({ kind: 'added', versions: [VERSION, EARLIER] });
  expect(await entries()).toEqual([expect.objectContaining({ version: VERSION, digest: later.sha256 }), earlier]);

  const index = await readFile(join(out, 'index.yaml'), 'utf8');
  expect(await release()).toEqual({ ...later, kind: 'present' });
  await edit('charts/vigilante/README.md', (text) => `${text}more\n`);
  await expect(release()).rejects.toThrow(/is published with sha256 \w+, and would become \w+: raise the version/);
  expect(await readFile(join(out, 'index.yaml'), 'utf8')).toBe(index);
  expect((await readdir(out)).toSorted()).toEqual(['index.yaml', `vigilante-${EARLIER}.tgz`, later.file].toSorted());
});
