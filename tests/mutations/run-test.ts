/** Runs one test file, or some tests of it, with jest in a scratch checkout. */

import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutation } from './mutation.ts';

/** A run that is not done by then is ended; an end-to-end test starts a whole sandbox. */
const RUN_TIMEOUT_MS = 15 * 60_000;

export type TestVerdict =
  | { readonly kind: 'green'; readonly tests: number }
  | { readonly kind: 'red'; readonly failed: readonly string[] }
  /** No test ran: the file does not load, no title matches, or jest did not end. Proves nothing. */
  | { readonly kind: 'broken'; readonly reason: string };

/** The part of jest's `--json` report that is read here. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export async function runTest(folder: string, test: Mutation['test']): Promise<TestVerdict> {
  const report = join(folder, 'jest-report.json');
  rmSync(report, { force: true });
  const name = test.name === undefined ? [] : ['--testNamePattern', test.name];
  // A fault may leave a server open, and then jest would not end by itself.
  const how = ['--selectProjects', test.project, 'long', '--runInBand', '--forceExit'];
  const args = [...how, '--json', '--outputFile', report, ...name];
  const ended = await runJest(folder, [...args, '--runTestsByPath', test.path]);
  if (!ended) return { kind: 'broken', reason: `not done after ${RUN_TIMEOUT_MS / 60_000} minutes` };
  return verdict(parseReport(report));
}

/** False when the run was ended at its limit. */
function runJest(folder: string, args: readonly string[]): Promise<boolean> {
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', ...args];
  // A group of its own: what the test starts ends with it.
  const child = spawn(process.execPath, jest, { cwd: folder, stdio: 'ignore', detached: true });
  const endGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group is gone already.
    }
  };
  process.once('exit', endGroup);
  return new Promise((done, fail) => {
    const timer = setTimeout(() => {
      endGroup();
      done(false);
    }, RUN_TIMEOUT_MS);
    child.once('error', fail);
    child.once('exit', () => {
      clearTimeout(timer);
      process.removeListener('exit', endGroup);
      endGroup();
      done(true);
    });
  });
}

function parseReport(path: string): JestReport | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JestReport;
  } catch {
    return null;
  }
}

function verdict(report: JestReport | null): TestVerdict {
  if (report === null) return { kind: 'broken', reason: 'jest wrote no report' };
  const results = report.testResults.flatMap((file) => file.assertionResults);
  const failed = results.filter((result) => result.status === 'failed').map((result) => result.fullName);
  if (failed.length > 0) return { kind: 'red', failed };
  if (report.numPassedTests > 0) return { kind: 'green', tests: report.numPassedTests };
  const message = report.testResults
    .map((file) => file.message)
    .join('\n')
    .trim();
  return { kind: 'broken', reason: message === '' ? 'no test matched' : message };
}
