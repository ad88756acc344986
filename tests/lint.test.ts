/** The lint catches the slips that cost most: each fixture fails with the rule that names its fault. */

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { REPOSITORY } from './tidy/repository-files.ts';

/** The lint's own, and what it is made of. */
const CONFIGURATION = [
  'oxlint.config.ts',
  'package.json',
  'tsconfig.json',
  'tests/tidy/import-table.ts',
  'tests/tidy/lint-imports.ts',
];
const LINT_TIMEOUT_MS = 120_000;

interface LintRun {
  readonly failed: boolean;
  readonly output: string;
}

/** The fixtures in folders named as the real ones, with the real configuration: its rules depend on the folder. */
let project = '';
let run: LintRun = { failed: false, output: '' };

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'vigilante-lint-'));
  cpSync(join(REPOSITORY, 'tests/lint-fixtures'), project, { recursive: true });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(project, 'node_modules'));
  for (const file of CONFIGURATION) cpSync(join(REPOSITORY, file), join(project, file));
  run = await lint();
}, LINT_TIMEOUT_MS);

afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

/** One run over all fixtures: a start of the type-aware lint costs half a second. */
function lint(): Promise<LintRun> {
  const args = ['--type-aware', '--deny-warnings', '--format', 'unix', 'workflows', 'domain', 'starter'];
  return new Promise((done) => {
    execFile(join(project, 'node_modules/.bin/oxlint'), args, { cwd: project }, (error, stdout, stderr) => {
      done({ failed: error !== null, output: `${stdout}${stderr}` });
    });
  });
}

test.each([
  { file: 'workflows/unawaited.ts', line: 9, rule: 'typescript(no-floating-promises)' },
  { file: 'workflows/unawaited.ts', line: 10, rule: 'typescript(no-floating-promises)' },
  { file: 'workflows/unawaited.ts', line: 11, rule: 'typescript(no-floating-promises)' },
  { file: 'workflows/value-import.ts', line: 3, rule: 'eslint(no-restricted-imports)' },
  { file: 'workflows/impure.ts', line: 3, rule: 'eslint(no-restricted-imports)' },
  { file: 'workflows/impure.ts', line: 6, rule: 'eslint(no-restricted-properties)' },
  { file: 'workflows/impure.ts', line: 6, rule: 'eslint(no-restricted-globals)' },
  { file: 'domain/clock.ts', line: 4, rule: 'eslint(no-restricted-properties)' },
  { file: 'starter/other-process.ts', line: 3, rule: 'eslint(no-restricted-imports)' },
  { file: 'starter/client-value.ts', line: 3, rule: 'eslint(no-restricted-imports)' },
  { file: 'workflows/temporal-import.ts', line: 3, rule: 'eslint(no-restricted-imports)' },
  { file: 'domain/healing/other-capability.ts', line: 3, rule: 'eslint(no-restricted-imports)' },
])('the lint refuses $file, line $line, by $rule', ({ file, line, rule }) => {
  const report = run.output.split('\n').filter((text) => text.startsWith(`${file}:${line}:`));
  expect(report.join('\n')).toContain(`[Error/${rule}]`);
  expect(run.failed).toBe(true);
});

test.each(['workflows/good.ts', 'starter/client-type.ts'])(
  'the lint accepts types only, and awaited calls: %s',
  (file) => {
    expect(run.output).toContain('workflows/unawaited.ts');
    expect(run.output).not.toContain(file);
  },
);
