/**
 * Jest reporter that appends one line `passed failed skipped` per run to the file named by VIGILANTE_TEST_COUNTS,
 * so that .ci/run can print one sum over all runs. Without the variable it does nothing.
 *
 * A test file that does not load has no failed test of its own; it is counted as one.
 */

import { appendFileSync } from 'node:fs';

/** The part of jest's aggregated result that is read here. */
interface RunResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

export default class CountReporter {
  onRunComplete(_contexts: unknown, results: RunResult): void {
    const file = process.env['VIGILANTE_TEST_COUNTS'];
    if (file === undefined || file === '') return;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    appendFileSync(file, `${results.numPassedTests} ${failed} ${skipped}\n`);
  }
}
