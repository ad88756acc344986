/** Where a command writes, and how time passes for it. */

import { isatty } from 'node:tty';

import { pause } from '../runtime/pause.ts';

export interface Terminal {
  /** Results, on stdout. */
  write(text: string): void;
  /** Notes and errors, on stderr. */
  note(text: string): void;
  /** Whether a person watches stdout, so that lines may be redrawn. */
  readonly interactive: boolean;
  readonly columns: number;
  nowMs(): number;
  /** Ends early when the person presses Ctrl-C. */
  pause(durationMs: number): Promise<void>;
  /** Whether the person has pressed Ctrl-C. */
  interrupted(): boolean;
}

const COLUMNS_DEFAULT = 120;

export function processTerminal(signal: AbortSignal): Terminal {
  return {
    write: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    interactive: isatty(process.stdout.fd),
    columns: process.stdout.columns ?? COLUMNS_DEFAULT,
    nowMs: () => Date.now(),
    pause: (durationMs) => pause(durationMs, signal),
    interrupted: () => signal.aborted,
  };
}
