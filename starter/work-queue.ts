/** Works on keys one after another, some at a time and not too many a second: a thousand nodes are a slow start (H16). */

import { fullBucket, takeToken } from '../domain/token-bucket.ts';

export interface WorkQueueOptions<Key> {
  /** Must not throw; a key that failed is added again by the next reconcile. */
  readonly work: (key: Key) => Promise<void>;
  readonly atOnceMax: number;
  /** So many may begin at once after a quiet second, then as many per second. */
  readonly perSecond: number;
  readonly now?: () => number;
}

export interface WorkQueue<Key> {
  /** A key that waits already is not added again; one under way is done once more afterwards. */
  add(key: Key): void;
  /** Forgets what waits. */
  clear(): void;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
  size(): number;
  /** Forgets what waits, takes nothing more, and resolves when nothing is under way. */
  stop(): Promise<void>;
}

export function createWorkQueue<Key>(options: WorkQueueOptions<Key>): WorkQueue<Key> {
  const { work, atOnceMax, perSecond, now = () => performance.now() } = options;
  const waiting = new Set<Key>();
  const underWay = new Set<Key>();
  const idleListeners = new Set<() => void>();
  const rules = { capacity: perSecond, perSecond };
  let bucket = fullBucket(rules, now());
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  /** The oldest key that is not under way. */
  function nextKey(): { key: Key } | null {
    for (const key of waiting) if (!underWay.has(key)) return { key };
    return null;
  }

  function pump(): void {
    const nowMs = now();
    while (underWay.size < atOnceMax) {
      const next = nextKey();
      if (next === null) break;
      const taking = takeToken(bucket, rules, nowMs);
      if (taking.kind === 'empty') return wakeLater(taking.waitSeconds);
      bucket = taking.bucket;
      waiting.delete(next.key);
      underWay.add(next.key);
      void work(next.key).finally(() => {
        underWay.delete(next.key);
        pump();
      });
    }
    if (waiting.size === 0 && underWay.size === 0) for (const listener of idleListeners) listener();
  }

  function wakeLater(waitSeconds: number): void {
    timer ??= setTimeout(
      () => {
        timer = null;
        pump();
      },
      Math.ceil(waitSeconds * 1_000),
    );
  }

  async function idle(): Promise<void> {
    if (waiting.size === 0 && underWay.size === 0) return;
    await new Promise<void>((resolve) => {
      const listener = () => {
        idleListeners.delete(listener);
        resolve();
      };
      idleListeners.add(listener);
    });
  }

  return {
    add(key) {
      if (stopped) return;
      waiting.add(key);
      pump();
    },
    clear: () => waiting.clear(),
    idle,
    size: () => waiting.size + underWay.size,
    async stop() {
      stopped = true;
      waiting.clear();
      await idle();
      if (timer !== null) clearTimeout(timer);
    },
  };
}
