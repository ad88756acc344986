/** A process of the sandbox: marked with the sandbox's id, its output in a file. */

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { SANDBOX_ID_VARIABLE } from './reap.ts';

const TAIL_LINES = 20;

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SandboxProcess {
  readonly name: string;
  readonly pid: number;
  readonly logPath: string;
  readonly exited: Promise<ExitStatus>;
  isRunning(): boolean;
  /** Sends the signal and waits for the end; a stopped process (`SIGSTOP`) is not waited for. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface ProcessStart {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly sandboxId: string;
  readonly logPath: string;
}

const SIGNALS_WITHOUT_END: readonly NodeJS.Signals[] = ['SIGSTOP', 'SIGCONT', 'SIGUSR1', 'SIGUSR2', 'SIGHUP'];

export async function startProcess(start: ProcessStart): Promise<SandboxProcess> {
  const log = openSync(start.logPath, 'a');
  // Its own session: Ctrl-C in the terminal reaches the sandbox alone, which then ends its parts in order.
  const child = spawn(start.program, start.args, {
    env: { ...inherited(), ...start.env, [SANDBOX_ID_VARIABLE]: start.sandboxId },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const pid = await pidOf(child, start.program);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    name: start.name,
    pid,
    logPath: start.logPath,
    exited,
    isRunning,
    async kill(signal = 'SIGTERM') {
      if (isRunning()) child.kill(signal);
      if (!SIGNALS_WITHOUT_END.includes(signal)) await exited;
    },
  };
}

/** The last lines of the process's output, for an error message. */
export async function logTail(logPath: string): Promise<string> {
  const text = await readFile(logPath, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}

/** Nothing of the caller's own Kubernetes or Temporal settings may reach a part. */
function inherited(): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ']) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function pidOf(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`could not start ${program}`, { cause })));
    if (child.pid !== undefined) resolve(child.pid);
  });
}
