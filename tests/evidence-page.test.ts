/** docs/evidence.md, and what the chart's README shows of it, fit the configuration. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../config/load.ts';
import { type Config, ConfigSchema } from '../config/schema/config.ts';
import { formatDuration } from '../config/schema/keys.ts';
import { ENDPOINTS_MAX } from '../contracts/healing/onboard-node.ts';
import { SOURCE_KINDS } from '../domain/healing/pod-evidence.ts';
import { readRepositoryFile } from './tidy/repository-files.ts';

const page = readRepositoryFile('docs/evidence.md');

const folder = mkdtempSync(join(tmpdir(), 'vigilante-evidence-page-'));
afterAll(() => rmSync(folder, { recursive: true }));

function blocksOf(text: string): readonly string[] {
  return [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block);
}

function loaded(configuration: string): Config {
  const path = join(folder, 'conf.yaml');
  writeFileSync(path, configuration);
  return loadConfig({ path, env: {} });
}

function evidenceOf(configuration: string): string {
  return loaded(configuration).healing.evidence;
}

test('the configurations of the page are accepted', () => {
  const configs = blocksOf(page).map(loaded);
  expect(configs.map(({ healing, profiles }) => [healing.evidence, profiles.map(({ name }) => name)])).toEqual([
    ['source-address', []],
    ['sandbox', ['edge']],
  ]);
});

test("so are the values of the chart's README", () => {
  const ValuesSchema = z.object({ config: z.looseObject({ healing: z.looseObject({ echo: z.unknown() }) }) });
  const values = blocksOf(readRepositoryFile('charts/vigilante/README.md')).flatMap((block) => {
    const { success, data } = ValuesSchema.safeParse(parse(block));
    return success ? [stringify(data.config)] : [];
  });
  expect(values.map(evidenceOf)).toEqual(['source-address']);
});

test('the page names the limits that are the defaults, and every kind of answer', () => {
  const { patienceMs, echo } = ConfigSchema.parse({}).healing;
  expect(page).toContain(`\`healing.echo.settle\` (${formatDuration(echo.settleMs).replace('s', ' s')})`);
  expect(page).toContain(`\`healing.patience\` (${formatDuration(patienceMs).replace('m', ' min')}, `);
  expect([ENDPOINTS_MAX, page]).toEqual([4, expect.stringContaining('one for each endpoint, at most four')]);
  const kinds = [...page.matchAll(/^\| .+ \| `(\w+)` \| /gm)].map(([, kind]) => kind);
  expect(kinds).toEqual([...SOURCE_KINDS]);
});
