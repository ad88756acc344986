/** The compiler holds the contracts: what is added in one place and forgotten in another does not compile. */

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { REPOSITORY } from './tidy/repository-files.ts';

const FOLDERS = ['domain', 'contracts', 'config', 'kubernetes', 'runtime', 'collector'];

let project: string | null = null;

afterEach(() => {
  if (project !== null) rmSync(project, { recursive: true, force: true });
  project = null;
});

/** Files with errors of the compiler, when `text` in `file` is followed by `addition` and `checked` is compiled. */
function brokenBy(change: { file: string; text: string; addition: string; checked: string }): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vigilante-types-'));
  project = folder;
  for (const name of FOLDERS) cpSync(join(REPOSITORY, name), join(folder, name), { recursive: true });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  cpSync(join(REPOSITORY, 'package.json'), join(folder, 'package.json'));
  const { compilerOptions } = JSON.parse(readFileSync(join(REPOSITORY, 'tsconfig.json'), 'utf8')) as {
    compilerOptions: object;
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [change.checked] }));
  const path = join(folder, change.file);
  const source = readFileSync(path, 'utf8');
  expect(source.split(change.text)).toHaveLength(2);
  writeFileSync(path, source.replace(change.text, `${change.text}${change.addition}`));
  return new Promise((done) => {
    execFile(join(folder, 'node_modules/.bin/tsc'), ['--project', folder], { cwd: folder }, (_error, stdout) => {
      const files = stdout.split('\n').flatMap((line) => /^([^(]+)\(\d+,\d+\): error TS/.exec(line)?.[1] ?? []);
      done([...new Set(files)].toSorted());
    });
  });
}

const VERDICT = 'collector/verdict/verdict.ts';
const PROBES = 'contracts/connectivity/probes.ts';
const SUMMARY = 'collector/reports/probe-summary.ts';
const SCHEMAS = 'collector/api/schemas.ts';

test('as it is, everything compiles', async () => {
  const unchanged = { file: VERDICT, text: 'export interface Judged {', addition: '' };
  expect(await brokenBy({ ...unchanged, checked: VERDICT })).toEqual([]);
});

test.each([
  {
    what: 'a key of the healing policy without a check',
    file: 'contracts/healing/heal-node.ts',
    text: "extends Omit<HealingRules, 'evidence' | 'patienceMs' | 'fallback' | 'early' | 'relapse'> {",
    addition: '\n  readonly added: number;',
    checked: 'contracts/healing/parser.ts',
    broken: ['contracts/healing/parser.ts'],
  },
  {
    what: 'a key of the probes of a heal without a check',
    file: 'contracts/healing/onboard-node.ts',
    text: 'export interface ProbePolicy {',
    addition: '\n  readonly added: number;',
    checked: 'contracts/healing/onboarding-parser.ts',
    broken: ['contracts/healing/onboarding-parser.ts'],
  },
  {
    what: 'a key of the connectivity policy that is neither checked nor compared',
    file: 'contracts/connectivity/watch-connectivity.ts',
    text: 'export interface ConnectivityPolicy extends WatchRules {',
    addition: '\n  readonly added: number;',
    checked: 'contracts/connectivity/parser.ts',
    broken: ['contracts/connectivity/parser.ts', 'contracts/connectivity/watch-connectivity.ts'],
  },
  {
    what: 'a reason to suppress an agent that nobody has a text for',
    file: 'domain/connectivity/agent-judgement.ts',
    text: 'export const SUPPRESSION_REASONS = [',
    addition: "\n  'node-in-maintenance',",
    checked: VERDICT,
    broken: [VERDICT],
  },
  {
    what: 'a key of an answer without a schema',
    file: 'collector/api/views.ts',
    text: 'export interface AgentView {',
    addition: '\n  readonly added?: number;',
    checked: SCHEMAS,
    broken: [SCHEMAS],
  },
  {
    what: 'a schema of a key that no answer has',
    file: SCHEMAS,
    text: 'objectOf<NodeView>({',
    addition: '\n  added: text,',
    checked: SCHEMAS,
    broken: [SCHEMAS],
  },
  {
    what: 'a kind of probe that is not defined',
    file: PROBES,
    text: 'export const PROBE_KINDS = [',
    addition: "'mesh', ",
    checked: SUMMARY,
    broken: ['collector/reports/parser.ts', SUMMARY, 'contracts/connectivity/agent-report.ts', PROBES],
  },
])('$what does not compile', async ({ broken, file, text, addition, checked }) => {
  expect(await brokenBy({ file, text, addition, checked })).toEqual(broken);
});
