/** The other end of embedded-child.ts: a store that lives in another process. */

import { type ChildProcess, execFile, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { type AgentRecord, type ReportStore, StoreUnavailable } from '../../../collector/stores/report-store.ts';

export type ChildRequest = { readonly id: number } & (
  | { readonly kind: 'open' | 'close' | 'problem' }
  | { readonly kind: 'save'; readonly record: AgentRecord }
  | { readonly kind: 'remove'; readonly names: readonly string[] }
);

export interface ChildAnswer {
  readonly id: number;
  readonly value: unknown;
  /** As `String(error)` gives it. */
  readonly error: string | null;
  readonly problem: string | null;
}

export interface RemoteStore extends ReportStore {
  readonly pid: number;
  /** kill -9 */
  kill(): Promise<void>;
  /** No file of that process may grow beyond so many bytes: the disk is full for it. */
  limitFiles(bytes: number | 'unlimited'): Promise<void>;
}

const CHILD = fileURLToPath(new URL('./embedded-child.ts', import.meta.url));
const POLL_MS = 20;

export function startRemoteStore(path: string): RemoteStore {
  const child = fork(CHILD, [path], { execArgv: ['--no-warnings'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  let ids = 0;
  let problem: string | null = null;
  child.on('message', (answer: ChildAnswer) => {
    problem = answer.problem;
    const { resolve, reject } = asked.get(answer.id) ?? Promise.withResolvers();
    asked.delete(answer.id);
    if (answer.error === null) resolve(answer.value);
    else reject(errorOf(answer.error));
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      for (const { reject } of asked.values()) reject(new StoreUnavailable('the process ended'));
      resolve();
    });
  });

  const ask = (request: Record<string, unknown>): Promise<unknown> => {
    const answer = Promise.withResolvers<unknown>();
    if (!child.connected) return Promise.reject(new StoreUnavailable('the process ended'));
    ids += 1;
    asked.set(ids, answer);
    child.send({ ...request, id: ids }, () => {});
    return answer.promise;
  };
  const polling = setInterval(() => {
    ask({ kind: 'problem' }).catch(() => undefined);
  }, POLL_MS);
  const end = async () => {
    clearInterval(polling);
    child.kill('SIGKILL');
    await exited;
  };

  return {
    pid: child.pid ?? 0,
    async open(onChange) {
      const records = (await ask({ kind: 'open' })) as AgentRecord[];
      for (const record of records) onChange({ kind: 'set', record });
    },
    save: async (record) => void (await ask({ kind: 'save', record })),
    remove: async (names) => void (await ask({ kind: 'remove', names })),
    problem: () => problem,
    async close() {
      await ask({ kind: 'close' }).catch(() => undefined);
      await end();
    },
    kill: end,
    limitFiles: (bytes) => limitFiles(child, bytes),
  };
}

async function limitFiles(child: ChildProcess, bytes: number | 'unlimited'): Promise<void> {
  // The soft limit alone, which may be raised again.
  await promisify(execFile)('prlimit', [`--pid=${child.pid}`, `--fsize=${bytes}:`]);
}

function errorOf(text: string): Error {
  const [name = '', ...words] = text.split(': ');
  return name === 'StoreUnavailable' ? new StoreUnavailable(words.join(': ')) : new Error(text);
}
