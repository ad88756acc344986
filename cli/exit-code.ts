/** Exit codes of the commands for people, and the error that carries one. */

import { EXIT_CONFIG } from '../config/config-error.ts';

export const EXIT = {
  ok: 0,
  /** What was asked for is not so: not healed, not running, no such node. */
  conditionNotMet: 1,
  usage: 2,
  /** `EX_UNAVAILABLE` of sysexits: Temporal or the cluster cannot be reached, or refuses us. */
  unreachable: 69,
  configuration: EXIT_CONFIG,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Its message is shown as it is, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}
