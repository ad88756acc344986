/** Heals whose histories are recorded for replay: each takes the workflow through other steps. */

import type { HealingPolicy } from '../../contracts/healing/heal-node.ts';
import { nodeChanged, restartHealing } from '../../contracts/healing/signals-and-queries.ts';
import { type Harness, type Heal, MINUTE_MS } from '../integration/heal-node/harness.ts';
import { present, type Script } from '../integration/heal-node/world.ts';

export interface Scenario {
  readonly name: string;
  readonly policy?: Partial<HealingPolicy>;
  readonly script?: Script;
  /** Awaits the end of the part to record. */
  readonly play: (heal: Heal, harness: Harness) => Promise<void>;
}

/** Short windows keep the recorded files small; the steps are the same. */
export const RECORDING_POLICY = {
  windowMs: 4 * MINUTE_MS,
  retryAfterMs: 10 * MINUTE_MS,
} satisfies Partial<HealingPolicy>;

export const SCENARIOS: readonly Scenario[] = [
  { name: 'healed', play: async ({ result }) => void (await result()) },
  {
    name: 'restarted-while-healing',
    play: async ({ handle, result }, { env }) => {
      await env.sleep(3 * MINUTE_MS);
      await handle.signal(restartHealing, { reason: 'recorded' });
      await result();
    },
  },
  {
    name: 'stalled-then-retried',
    script: { rejects: (attempt) => attempt <= 3 },
    policy: { errorBudget: 3 },
    play: async ({ result }) => void (await result()),
  },
  {
    name: 'unproven-then-gone',
    script: { evidence: () => 0 },
    play: async ({ world, handle, result }, { env }) => {
      await env.sleep(9 * MINUTE_MS);
      world.node = { kind: 'gone' };
      await handle.signal(nodeChanged, world.node);
      await result();
    },
  },
  {
    name: 'not-ready-in-the-middle',
    play: async ({ world, handle, result }, { env }) => {
      await env.sleep(2 * MINUTE_MS);
      world.node = present({ ready: false });
      await handle.signal(nodeChanged, world.node);
      await env.sleep(2 * MINUTE_MS);
      world.node = present({ readyChangedMs: 99 });
      await handle.signal(nodeChanged, world.node);
      await result();
    },
  },
  {
    name: 'cancelled',
    play: async ({ handle, result }, { env }) => {
      await env.sleep(2 * MINUTE_MS);
      await handle.cancel();
      await result().catch(() => undefined);
    },
  },
];
