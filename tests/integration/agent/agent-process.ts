/** A real `vigilante agent`, run from its sources, and what it logs. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { waitUntil } from '../../../sandbox/wait-until.ts';

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface AgentProcess {
  readonly child: ChildProcess;
  readonly output: () => { readonly stdout: string; readonly stderr: string };
  /** Whole lines of the log so far. */
  log(): LogLine[];
  /** Resolves with the first line whose message matches. */
  logged(message: RegExp): Promise<LogLine>;
  /** Sends the signal and resolves with the exit code, or with the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | string | null>;
  ended(): Promise<number | string | null>;
}

export interface AgentProcessOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Given to the command; the program of the repository where it is left out. */
  readonly program?: readonly string[];
  /** Node where it is left out. */
  readonly command?: string;
}

export const AGENT_ENVIRONMENT = { MY_POD_NAME: 'agent-1', MY_NODE_NAME: 'node-1' };
export const WAIT_MS = 120_000;

const PROGRAM = [fileURLToPath(new URL('../../../bin/main.ts', import.meta.url)), 'agent'];

export function startAgent(options: AgentProcessOptions): AgentProcess {
  const { args, env = AGENT_ENVIRONMENT, program = PROGRAM, command = process.execPath } = options;
  const child = spawn(command, [...program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (texts.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (texts.stderr += text));
  const closed = once(child, 'close');

  const log = (): LogLine[] => parseLog(texts.stdout);
  const ended = async (): Promise<number | string | null> => {
    await closed;
    return child.exitCode ?? child.signalCode;
  };
  return {
    child,
    output: () => ({ ...texts }),
    log,
    logged: (message) =>
      waitUntil(() => log().find(({ msg }) => message.test(msg)) ?? null, {
        what: `${message} in the log`,
        timeoutMs: WAIT_MS,
        explain: async () => texts.stdout + texts.stderr,
      }),
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended();
    },
    ended,
  };
}

function parseLog(text: string): LogLine[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LogLine);
}
