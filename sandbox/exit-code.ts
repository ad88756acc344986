/** Exit codes of the sandbox's commands; those above 1 are from sysexits.h. */

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 64;

/** Commands set it when they end as they should but the answer is no. */
export interface Outcome {
  exitCode: number;
}

/** A message for the user that no stack trace would help. */
export class SandboxProblem extends Error {
  override readonly name = 'SandboxProblem';
}
