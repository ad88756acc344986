/** Heals whose pods ask echoes, recorded for replay. */

import type { OnboardingPolicy } from '../../contracts/healing/onboard-node.ts';
import { nodeChanged, restartHealing } from '../../contracts/healing/signals-and-queries.ts';
import { type Harness, MINUTE_MS } from '../integration/heal-node/harness.ts';
import { present } from '../integration/heal-node/world.ts';
import type { Onboarding, SceneOptions } from '../integration/onboard-node/harness.ts';
import { echoDown, judged, REJECTED } from '../integration/onboard-node/world.ts';

export interface OnboardScenario extends Pick<SceneOptions, 'script'> {
  readonly name: string;
  readonly policy?: Partial<OnboardingPolicy>;
  /** Awaits the end of the part to record. */
  readonly play: (heal: Onboarding, harness: Harness) => Promise<void>;
}

export const ONBOARD_SCENARIOS: readonly OnboardScenario[] = [
  {
    name: 'refuted-then-healed',
    script: { probes: (attempt) => judged(attempt <= 3 ? 'refuted' : 'proven') },
    play: async ({ result }) => void (await result()),
  },
  {
    name: 'echo-down-then-stalled-then-restarted',
    policy: { errorBudget: 2 },
    script: {
      probes(attempt) {
        if (attempt <= 2) return echoDown();
        return attempt <= 4 ? REJECTED : judged('proven');
      },
    },
    play: async ({ handle, result }, { env }) => {
      await env.sleep(4 * MINUTE_MS);
      await handle.signal(restartHealing, { reason: 'recorded' });
      await result();
    },
  },
  {
    name: 'not-ready-then-cancelled',
    play: async ({ world, handle, result }, { env }) => {
      await env.sleep(MINUTE_MS);
      world.node = present({ ready: false });
      await handle.signal(nodeChanged, world.node);
      await env.sleep(MINUTE_MS);
      world.node = present({ readyChangedMs: 99 });
      await handle.signal(nodeChanged, world.node);
      await env.sleep(MINUTE_MS);
      await handle.cancel();
      await result().catch(() => undefined);
    },
  },
  {
    name: 'watched-relapsed-then-healed',
    policy: {
      early: { proofsInARow: 2, proofsOverMs: 10_000, intervalFirstMs: 5_000 },
      relapse: { watch: 'window', intervalMs: MINUTE_MS, intervalLaterMs: 60 * MINUTE_MS, refutedInARow: 2 },
    },
    script: { probes: (attempt) => judged(attempt === 3 || attempt === 4 ? 'refuted' : 'proven') },
    play: async ({ result }) => void (await result()),
  },
];
