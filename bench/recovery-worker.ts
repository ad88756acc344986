/** A worker in a process of its own that reports its attempts, for the benchmark `worker-recovery`. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Pace } from './paced-clock.ts';
import type { RecoveryChildMessage, RecoveryChildOptions } from './worker-recovery-child.ts';

const CHILD = fileURLToPath(new URL('worker-recovery-child.ts', import.meta.url));
/** As `bin/vigilante` starts a worker. */
const NODE_FLAGS = ['--max-semi-space-size=4', '--no-warnings'];

export interface RecoveryWorker {
  readonly pid: number;
  readonly ready: Promise<void>;
  /** Number of the last attempt by node. */
  readonly attempts: ReadonlyMap<string, number>;
  /** When each node's first attempt was made that was decided after this worker began; in milliseconds since then. */
  readonly wentOnMs: ReadonlyMap<string, number>;
  send(pace: Pace): void;
  kill(): Promise<void>;
}

export function startWorker(options: RecoveryChildOptions): RecoveryWorker {
  const startedMs = Date.now();
  const child = fork(CHILD, [JSON.stringify(options)], {
    execArgv: NODE_FLAGS,
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
  });
  const exited = once(child, 'exit');
  const ready = Promise.withResolvers<void>();
  const attempts = new Map<string, number>();
  const wentOnMs = new Map<string, number>();
  child.on('message', (message: RecoveryChildMessage) => {
    if (message.kind === 'ready') return ready.resolve();
    attempts.set(message.node, message.attempt);
    if (message.scheduledMs < startedMs || wentOnMs.has(message.node)) return;
    wentOnMs.set(message.node, Date.now() - startedMs);
  });
  return {
    pid: child.pid ?? 0,
    ready: ready.promise,
    attempts,
    wentOnMs,
    send: (pace) => child.send(pace),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
